// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/remade_files.h"

#include "payload-builder/units/mention_search.h"
#include "payload-builder/units/mentioned_tokens.h"

#include <algorithm>
#include <llvm/Support/Path.h>

namespace suture::builder {
namespace {

namespace path = llvm::sys::path;

/// Asks the preprocessor, where text alone leaves it open, with the flags of a unit: those of the
/// run that made the file are not recorded.
bool canTellWhenMade(const UnitsRequest &request, const MadeFromHeaders &made,
                     std::vector<std::string> changedFiles, Mention mention,
                     const std::map<std::string, ChangedNames> &headers, TokenWatch &watch) {
  Unit unit;
  unit.changedFiles = std::move(changedFiles);
  const bool isWatched = std::ranges::any_of(unit.changedFiles, [&](const std::string &file) {
    const ChangedNames &names = headers.at(file);
    return !names.watched[0].empty() || !names.watched[1].empty();
  });
  if (mention == Mention::None && !isWatched)
    return false;
  const auto like = std::ranges::find(request.commands, Language::C, &RecordedCommand::language);
  if (like == request.commands.end() || made.inputs.empty() || path::extension(made.file) != ".s" ||
      path::extension(made.inputs[0]) != ".c")
    return true;
  unit.command = like->command;
  unit.source = pathInTree(request.tree.root, made.inputs[0]);
  std::ranges::replace(unit.command.arguments, unit.command.file, made.inputs[0]);
  unit.command.file = made.inputs[0];
  llvm::Expected<bool> mentions =
      mention == Mention::None ? false : MentionedTokens(request.tree, headers).mentions(unit);
  if (mentions)
    return *mentions || !seesTheSame(request.tree, unit, headers, {}, watch);
  llvm::consumeError(mentions.takeError()); // The build system reports what is wrong with it.
  return true;
}

} // namespace

std::vector<std::string> findRemadeFiles(const UnitsRequest &request,
                                         const std::set<std::string> &changed,
                                         const std::map<std::string, ChangedNames> &headers,
                                         TokenWatch &watch) {
  std::vector<std::string> remade;
  MentionSearch search(request.tree, headers);
  for (const MadeFromHeaders &made : request.made) {
    std::vector<std::string> seen;
    for (const std::string &input : made.inputs)
      if (std::string file = pathInTree(request.tree.root, input); changed.contains(file))
        seen.push_back(std::move(file));
    if (seen.empty())
      continue;
    const bool isAccounted =
        std::ranges::all_of(seen, [&](const std::string &file) { return headers.contains(file); });
    const Mention mention = isAccounted ? search.mentions(made.inputs) : Mention::Certain;
    if (mention == Mention::Certain ||
        canTellWhenMade(request, made, std::move(seen), mention, headers, watch))
      remade.push_back(made.file);
  }
  return remade;
}

} // namespace suture::builder
