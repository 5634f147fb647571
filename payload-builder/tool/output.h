// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/tool/exit_code.h"

#include <llvm/Support/Error.h>
#include <nlohmann/json.hpp>
#include <string_view>

namespace suture::builder {

/// Results go to standard output, everything else to standard error.
void printResult(std::string_view text);
void printJson(const nlohmann::json &value);
void printDiagnostic(std::string_view text);

/// Reports an error as the user asked for it and gives the exit code.
ExitCode reportError(llvm::Error error, bool json);

} // namespace suture::builder
