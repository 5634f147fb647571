// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which names a change to a header can make itself felt through.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/units/front_end.h"

#include <set>
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
  /// Some of the names are macros: they may decide an #if.
  bool hasMacros = false;
  std::set<std::string> names;
  /// Of those, in C, the ones that a unit mentions if it uses any: a record's members are reached
  /// through what is declared with its type. And those among them that are macros.
  std::set<std::string> roots, macros;
  /// Lines, first to last, from 1, that those declarations take up in either state: a name's own
  /// declaration is no mention of it.
  std::vector<std::pair<unsigned, unsigned>> baseLines, patchedLines;
};

/// Accounts for the changed lines of a header.
/// \param header  path in `tree.files`, there in both states.
/// \param command, language  of a unit that sees it.
ChangedNames changedNames(const SourceTree &tree, const std::string &header,
                          const CompileCommand &command, Language language);

} // namespace suture::builder
