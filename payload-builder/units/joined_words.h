// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which words of a file the preprocessor, or the compiler's joining of strings, may make others of.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"
#include "payload-builder/units/unit_inputs.h"

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>

namespace suture::builder {

/// Words that stand next to a `##`, or get there as an argument; where strings count, also those
/// that `#` makes strings of, and at the ends of strings. Any word that is made is a row of them.
struct WordsToJoin {
  /// It may be any word of the units that read the file.
  bool mayBeAny = false;
  /// Numbers that stand nowhere, as that of a line, are among them.
  bool hasNumbers = false;
  /// Where strings count: these define macros of the assembler; they have arguments of such. A unit
  /// with both may put words together there.
  bool definesForAssembler = false, hasBackslash = false;
  std::set<std::string> words;
};

struct JoinedWords {
  /// By absolute path; both states of a changed file count.
  std::map<std::string, WordsToJoin> files;
  /// What the commands, and their compilers by themselves, define.
  WordsToJoin commands;
  /// Those of the names asked for that a `##` makes in any unit; strings aside.
  std::set<std::string> made;
};

/// The dependency list leaves no file out, and so the macros of these files and of the command are
/// all that there are.
bool listsAllFiles(const CompileCommand &command);

/// What the macros of units' files and commands may join, wherever they are used.
/// \param units  each of them listsAllFiles(). \param names  to ask for. \param withStrings strings
/// count, since the assembler has names there. \param isWanted  other words are left out.
JoinedWords joinedWords(const SourceTree &tree, std::span<const UnitInputs> units,
                        std::span<const std::string> names, bool withStrings,
                        const std::function<bool(const std::string &word)> &isWanted);

} // namespace suture::builder
