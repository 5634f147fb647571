// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which words of a file the preprocessor may make others of.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"
#include "payload-builder/units/unit_inputs.h"

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>

namespace suture::builder {

/// Words that stand next to a `##`, or get there as an argument. Any word that `##` makes is a row
/// of them.
struct WordsToJoin {
  /// It may be any word of the file.
  bool mayBeAny = false;
  /// Numbers that stand nowhere, as that of a line, are among them.
  bool hasNumbers = false;
  std::set<std::string> words;
};

struct JoinedWords {
  /// By absolute path; both states of a changed file count.
  std::map<std::string, WordsToJoin> files;
  /// What the commands, and their compilers by themselves, define.
  WordsToJoin commands;
};

/// The dependency list leaves no file out, and so the macros of these files and of the command are
/// all that there are.
bool listsAllFiles(const CompileCommand &command);

/// What the macros of units' files and commands may join, wherever they are used.
/// \param units  each of them listsAllFiles(). \param isWanted  other words are left out.
JoinedWords joinedWords(const SourceTree &tree, std::span<const UnitInputs> units,
                        const std::function<bool(const std::string &word)> &isWanted);

} // namespace suture::builder
