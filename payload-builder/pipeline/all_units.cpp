// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/pipeline/all_units.h"

#include "payload-builder/units/compile_commands.h"

#include <filesystem>
#include <set>
#include <utility>

namespace suture::builder {

llvm::Expected<std::vector<Unit>> allUnits(const SourceTree &tree, const std::string &jsonPath) {
  auto commands = readCompileCommands(tree, {.jsonPath = jsonPath, .targetFiles = {}});
  if (!commands)
    return commands.takeError();
  const std::string below = tree.root + "/";
  std::set<std::pair<std::string, std::string>> known;
  std::vector<Unit> units;
  for (RecordedCommand &recorded : *commands) {
    // A tree that was built in several states has records of files that are gone.
    if (std::error_code ignored; !std::filesystem::exists(recorded.source, ignored))
      continue;
    std::string source = recorded.source.starts_with(below) ? recorded.source.substr(below.size())
                                                            : std::move(recorded.source);
    if (known.emplace(source, recorded.command.output).second)
      units.push_back({.command = std::move(recorded.command),
                       .source = std::move(source),
                       .language = recorded.language,
                       .changedFiles = {}});
  }
  return units;
}

} // namespace suture::builder
