// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/tool/exit_code.h"

#include <CLI/App.hpp>
#include <functional>

namespace suture::builder {

/// Adds `build` to the program. \param result  gets what the command ended with.
void addBuildCommand(CLI::App &app, ExitCode &result);

} // namespace suture::builder
