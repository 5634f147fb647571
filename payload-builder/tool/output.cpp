// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/tool/output.h"

#include <cstdio>

namespace suture::builder {

void printResult(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void printJson(const nlohmann::json &value) {
  // Bytes that are not UTF-8 (in a foreign payload's metadata) must not stop the output.
  printResult(value.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void printDiagnostic(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

ExitCode reportError(llvm::Error error, bool json) {
  const std::string message = llvm::toString(std::move(error));
  if (json)
    printJson({{"outcome", "failed"}, {"error", message}});
  printDiagnostic("suture: " + message + "\n");
  return ExitCode::Failed;
}

} // namespace suture::builder
