// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which names a change to a header can make itself felt through.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"
#include "payload-builder/units/front_end.h"
#include "payload-builder/units/watched_tokens.h"

#include <array>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace suture::builder {

/// What the changed lines of a header declare or define.
struct ChangedNames {
  /// Every changed line is accounted for by a name: a unit that mentions none of them anywhere else
  /// compiles to the same code.
  bool complete = false;
  /// Something other than a directive changed that no #if hides: a unit that sees the header sees
  /// other tokens.
  bool surelyShows = false;
  /// Nothing but macro definitions changed: what a unit's parser sees may be the same.
  bool onlyMacros = true;
  /// They are as C has them: to C++ more names may be concerned.
  bool isOfC = false;
  /// Some lines were accounted for as only units can that ignoresTypesOfMemory(): those of pointers
  /// in records, and of records that are declared without their members.
  bool onlyWhereTypesAreIgnored = false;
  std::set<std::string> names;
  /// Of those, in C, the ones that a unit mentions if it uses any: a record's members are reached
  /// through what is declared with its type. And those among them that are macros.
  std::set<std::string> roots, macros;
  /// Those among the names that are symbols of the assembler: code may put them together in
  /// strings, and the assembler itself.
  std::set<std::string> assemblerSymbols;
  /// Lines, first to last, from 1, that those declarations take up in either state: a name's own
  /// declaration is no mention of it.
  std::vector<std::pair<unsigned, unsigned>> baseLines, patchedLines;
  /// In the base and in the patched state, lines of which a unit has to see the same tokens as the
  /// one that the names are from; else they are other names.
  std::array<std::vector<WatchedLines>, 2> watched = {};
  std::array<WatchedTokens, 2> watchedTokens = {};
};

/// The compiler may not conclude from types which accesses to memory overlap.
bool ignoresTypesOfMemory(const CompileCommand &command);

/// Accounts for the changed lines of a header.
/// \param header  path in `tree.files`, there in both states.
/// \param command, language  of a unit that sees it.
ChangedNames changedNames(const SourceTree &tree, const std::string &header,
                          const CompileCommand &command, Language language, TokenWatch &watch);

/// Whether a unit sees changed lines as they were seen when names were made out for them.
/// \param headers  has all that it sees. \param reached  declarations of other files that it reads:
/// it may also see none of one. False where the unit cannot be preprocessed.
bool seesTheSame(const SourceTree &tree, const Unit &unit,
                 const std::map<std::string, ChangedNames> &headers,
                 std::span<const WatchedDeclaration> reached, TokenWatch &watch);

} // namespace suture::builder
