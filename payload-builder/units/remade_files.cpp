// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/remade_files.h"

#include "payload-builder/units/mention_search.h"
#include "payload-builder/units/mentioned_tokens.h"

#include <algorithm>
#include <array>
#include <llvm/Support/Path.h>

namespace suture::builder {
namespace {

namespace path = llvm::sys::path;

/// What a made file is asked for: names, and the text of files that mention them.
struct Account {
  const ReachedNames &names;
  MentionSearch search;
};

/// Asks the preprocessor, where text alone leaves it open, with the flags of a unit: those of the
/// run that made the file are not recorded.
bool canTellWhenMade(const UnitsRequest &request, const MadeFromHeaders &made,
                     const std::vector<std::string> &changedFiles,
                     const std::map<std::string, ChangedNames> &headers, Account &account,
                     TokenWatch &watch) {
  const Mention mention = account.search.mentions(made.inputs);
  if (mention == Mention::Certain)
    return true;
  const auto watched = watchedIn(request.tree, account.names, made.inputs);
  const bool isWatched =
      !watched.empty() || std::ranges::any_of(changedFiles, [&](const std::string &file) {
        const ChangedNames &names = headers.at(file);
        return !names.watched[0].empty() || !names.watched[1].empty();
      });
  if (mention == Mention::None && !isWatched)
    return false;
  const auto like = std::ranges::find(request.commands, Language::C, &RecordedCommand::language);
  if (like == request.commands.end() || made.inputs.empty() || path::extension(made.file) != ".s" ||
      path::extension(made.inputs[0]) != ".c")
    return true;
  Unit unit;
  unit.changedFiles = changedFiles;
  unit.command = like->command;
  unit.source = pathInTree(request.tree.root, made.inputs[0]);
  std::ranges::replace(unit.command.arguments, unit.command.file, made.inputs[0]);
  unit.command.file = made.inputs[0];
  llvm::Expected<bool> mentions =
      mention == Mention::None
          ? false
          : MentionedTokens(request.tree, account.names.headers).mentions(unit);
  if (mentions)
    return *mentions || !seesTheSame(request.tree, unit, headers, watched, watch);
  llvm::consumeError(mentions.takeError()); // The build system reports what is wrong with it.
  return true;
}

} // namespace

std::vector<std::string> findRemadeFiles(const UnitsRequest &request,
                                         const std::set<std::string> &changed,
                                         const std::map<std::string, ChangedNames> &headers,
                                         const ReachedNames &reached, TokenWatch &watch) {
  std::vector<std::string> remade;
  // Either is proof: of what changes there are fewer names, what that reaches is looked for in
  // fewer lines.
  const ReachedNames plain{.headers = headers, .watched = {}};
  std::array<Account, 2> accounts = {
      Account{plain, MentionSearch(request.tree, plain.headers)},
      Account{reached, MentionSearch(request.tree, reached.headers)}};
  for (const MadeFromHeaders &made : request.made) {
    std::vector<std::string> seen;
    for (const std::string &input : made.inputs)
      if (std::string file = pathInTree(request.tree.root, input); changed.contains(file))
        seen.push_back(std::move(file));
    if (seen.empty())
      continue;
    const bool isAccounted =
        std::ranges::all_of(seen, [&](const std::string &file) { return headers.contains(file); });
    if (!isAccounted || std::ranges::all_of(accounts, [&](Account &account) {
          return canTellWhenMade(request, made, seen, headers, account, watch);
        }))
      remade.push_back(made.file);
  }
  return remade;
}

} // namespace suture::builder
