// SPDX-License-Identifier: Apache-2.0
#pragma once
// A recorded command as the Clang front end takes it.

#include "payload-builder/support/unit.h"

#include <string>
#include <vector>

namespace suture::builder {

/// The arguments for Clang's driver: options that only gcc knows, outputs and dependency files
/// taken out, warnings off, the main file last. The first argument names a clang.
std::vector<std::string> clangArguments(const CompileCommand &command, Language language);

} // namespace suture::builder
