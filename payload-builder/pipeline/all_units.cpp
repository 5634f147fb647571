// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/pipeline/all_units.h"

#include <set>
#include <utility>

namespace suture::builder {

llvm::Expected<std::vector<Unit>> allUnits(const SourceTree &tree,
                                           const CompileCommandSource &source) {
  auto commands = readCompileCommands(tree, source);
  if (!commands)
    return commands.takeError();
  const std::string below = tree.root + "/";
  std::set<std::pair<std::string, std::string>> known;
  std::vector<Unit> units;
  for (RecordedCommand &recorded : *commands) {
    if (makes32BitCode(recorded.command))
      continue;
    std::string file = recorded.source.starts_with(below) ? recorded.source.substr(below.size())
                                                          : std::move(recorded.source);
    if (known.emplace(file, recorded.command.output).second)
      units.push_back({.command = std::move(recorded.command),
                       .source = std::move(file),
                       .language = recorded.language,
                       .changedFiles = {}});
  }
  return units;
}

} // namespace suture::builder
