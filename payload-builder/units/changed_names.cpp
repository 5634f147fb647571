// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/changed_names.h"

// A header that every unit sees changes in one place: a new prototype, a new register's number, the
// body of an inline function. Preprocessing hundreds of units to find the few that care takes a
// minute. Instead, one unit that sees the header is parsed in both states (with function bodies: a
// skipped one has no last line), and each changed line is looked up: it lies in a macro definition,
// or in a declaration at the header's top level, and those have names. A unit none of whose files
// mentions such a name anywhere else cannot tell the two headers apart.
//
//   extern int domain_kill(struct domain *d);
//  +extern int domain_freeze(struct domain *d);      -> domain_freeze
//
// Of an enumeration, those enumerators are the names that have another value in the other state:
// where one is added and the others keep theirs, only who mentions the new one can tell.
//
// Of a record in which one pointer takes the place of another, the pointer is the name. That there
// is a record, of which no more is said, has none: no code is made of it.
//
// What another unit declares there may differ: it takes another branch of an #if, a macro that
// makes the name is another one. Where a changed line or its declaration hangs on these, the lines
// are watched (watched_tokens.h): a unit that sees the same tokens there sees the same
// declarations. Lines that this unit does not see at all are watched, too, and declare nothing.
//
// Whatever is not so simple makes the answer incomplete, and every unit is preprocessed after all:
// a changed #include, a changed #if outside of functions, assertions, a definition that has code or
// storage by itself, and in C++ lines under an #if.

#include "payload-builder/diff/line_map.h"
#include "payload-builder/support/parallel.h"
#include "payload-builder/units/header_declarations.h"
#include "payload-builder/units/line_accounting.h"

#include <algorithm>

namespace suture::builder {
namespace {

/// What the unit sees of the lines. False: it is not known, or lines that are to be hidden are not.
bool readWatched(const LineAccounting &account, const UnitState &unit, TokenWatch &watch,
                 std::vector<WatchedLines> &lines, WatchedTokens &tokens) {
  if (account.watched().empty() && account.hidden().empty())
    return true;
  lines = account.watched();
  lines.insert(lines.end(), account.hidden().begin(), account.hidden().end());
  std::set<std::string> files;
  for (const WatchedLines &watched : lines)
    files.insert(watched.file);
  const std::vector<WatchedLines> lists[] = {lines, account.hidden()};
  auto found = watch.read(unit, lists);
  if (!found) {
    llvm::consumeError(found.takeError()); // As for its declarations.
    return false;
  }
  tokens = (*found)[0];
  return !tokens.isUnknown && tokens.files == files.size() && (*found)[1].count == 0;
}

using Accounts = std::array<LineAccounting, 2>;

/// All that is no macro. False: a line is left.
bool takeDeclarations(const UnitState &unit, const std::string &header, Accounts &accounts,
                      TokenWatch &watch, ChangedNames &result) {
  HeaderDeclarations declarations[2];
  bool failed[2] = {};
  const auto inState = [&](size_t i) {
    return UnitState{unit.tree, unit.command, unit.language, bothStates[i]};
  };
  parallelFor(2, [&](size_t i) {
    auto read = readDeclarations(inState(i), header);
    failed[i] = !read;
    if (read)
      declarations[i] = std::move(*read);
    else
      // The unit is parsed again when it is compared, and the error reported there.
      llvm::consumeError(read.takeError());
  });
  if (failed[0] || failed[1])
    return false;
  for (size_t i = 0; i < 2; ++i)
    if (!accounts[i].takeDeclarations(declarations[i], declarations[1 - i], unit.command,
                                      unit.language, result) ||
        !readWatched(accounts[i], inState(i), watch, result.watched[i], result.watchedTokens[i]))
      return false;
  return true;
}

} // namespace

bool ignoresTypesOfMemory(const CompileCommand &command) {
  const auto last = std::find_if(
      command.arguments.rbegin(), command.arguments.rend(), [](const std::string &argument) {
        return argument == "-fno-strict-aliasing" || argument == "-fstrict-aliasing";
      });
  return last != command.arguments.rend() && *last == "-fno-strict-aliasing";
}

ChangedNames changedNames(const SourceTree &tree, const std::string &header,
                          const CompileCommand &command, Language language, TokenWatch &watch) {
  ChangedNames result;
  const FileVersions &versions = tree.files.at(header);
  if (!versions.base() || !versions.patched())
    return result;
  LineAccounting::Lines changed[2];
  for (const ChangedLines &change : LineMap(*versions.base(), *versions.patched()).changes()) {
    if (change.baseCount)
      changed[0].emplace_back(change.baseLine, change.baseLine + change.baseCount - 1);
    if (change.patchedCount)
      changed[1].emplace_back(change.patchedLine, change.patchedLine + change.patchedCount - 1);
  }
  Accounts accounts = {LineAccounting(header, *versions.base(), changed[0]),
                       LineAccounting(header, *versions.patched(), changed[1])};
  const bool isOpen[] = {accounts[0].takeMacros(result), accounts[1].takeMacros(result)};
  result.onlyMacros = !isOpen[0] && !isOpen[1];
  result.isOfC = !result.onlyMacros && language == Language::C;
  // Assembly has no declarations.
  result.complete =
      result.onlyMacros || (language != Language::Assembly &&
                            takeDeclarations({tree, command, language, TreeState::Base}, header,
                                             accounts, watch, result));
  for (size_t i = 0; i < 2; ++i) {
    auto &lines = i == 0 ? result.baseLines : result.patchedLines;
    lines = accounts[i].ownLines();
    const LineAccounting::Lines &more = accounts[1 - i].otherLines();
    lines.insert(lines.end(), more.begin(), more.end());
  }
  return result;
}

bool seesTheSame(const SourceTree &tree, const Unit &unit,
                 const std::map<std::string, ChangedNames> &headers,
                 std::span<const WatchedDeclaration> reached, TokenWatch &watch) {
  for (const std::string &file : unit.changedFiles)
    if ((headers.at(file).onlyWhereTypesAreIgnored && !ignoresTypesOfMemory(unit.command)) ||
        (headers.at(file).isOfC && unit.language == Language::Cxx))
      return false;
  for (size_t state = 0; state < 2; ++state) {
    std::vector<std::vector<WatchedLines>> lists;
    std::vector<WatchedTokens> expected;
    const auto expect = [&](std::vector<WatchedLines> lines, WatchedTokens tokens) {
      lists.push_back(std::move(lines));
      expected.push_back(tokens);
    };
    for (const std::string &file : unit.changedFiles)
      if (const ChangedNames &names = headers.at(file); !names.watched[state].empty())
        expect(names.watched[state], names.watchedTokens[state]);
    const size_t ofHeaders = lists.size();
    for (const WatchedDeclaration &declaration : reached)
      expect({declaration.lines}, declaration.tokens[state]);
    if (lists.empty())
      continue;
    auto seen = watch.read({tree, unit.command, unit.language, bothStates[state]}, lists);
    if (!seen) {
      llvm::consumeError(seen.takeError()); // The stage that parses the unit reports it.
      return false;
    }
    for (size_t i = 0; i < seen->size(); ++i) {
      const WatchedTokens &tokens = (*seen)[i];
      const bool hasNone = i >= ofHeaders && tokens.count == 0 && !tokens.isUnknown;
      if (tokens != expected[i] && !hasNone)
        return false;
    }
  }
  return true;
}

} // namespace suture::builder
