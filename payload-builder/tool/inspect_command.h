// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/tool/exit_code.h"

#include <CLI/App.hpp>

namespace suture::builder {

/// Adds `inspect` and `verify` to the program. \param result  gets what the command ended with.
void addInspectCommands(CLI::App &app, ExitCode &result);

} // namespace suture::builder
