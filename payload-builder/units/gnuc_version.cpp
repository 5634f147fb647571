// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/gnuc_version.h"

#include "payload-builder/support/process.h"

#include <map>
#include <mutex>
#include <regex>
#include <utility>

namespace suture::builder {

namespace {

std::optional<std::string> askCompiler(const CompileCommand &command) {
  auto answer = runProcess({.arguments = {command.arguments.front(), "-dumpfullversion"},
                            .directory = command.directory,
                            .environment = {},
                            .timeoutSeconds = 10});
  if (!answer) {
    // Who needs that compiler's code will hear of it when it is to make some.
    llvm::consumeError(answer.takeError());
    return std::nullopt;
  }
  std::smatch version;
  // Clang takes the option for an error.
  if (answer->status != 0 ||
      !std::regex_match(answer->output, version, std::regex("([0-9]+\\.[0-9]+\\.[0-9]+)\\s*")))
    return std::nullopt;
  return version[1].str();
}

} // namespace

std::optional<std::string> gnucVersion(const CompileCommand &command) {
  if (command.arguments.empty())
    return std::nullopt;
  // Hundreds of units name the same compiler, and a process costs milliseconds.
  static std::mutex mutex;
  static std::map<std::pair<std::string, std::string>, std::optional<std::string>> known;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto key = std::pair(command.arguments.front(), command.directory);
  auto found = known.find(key);
  if (found == known.end())
    found = known.emplace(key, askCompiler(command)).first;
  return found->second;
}

} // namespace suture::builder
