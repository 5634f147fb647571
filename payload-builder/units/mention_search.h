// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which files mention a name.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"
#include "payload-builder/units/changed_names.h"
#include "payload-builder/units/joined_words.h"
#include "payload-builder/units/unit_inputs.h"

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace suture::builder {

/// How a unit's files may mention a name outside its own changed declaration.
enum class Mention {
  /// In no way: no row of the words that may be joined makes a name.
  None,
  /// Some of those words, put end to end, make a name.
  MayBePasted,
  /// A name stands there.
  Certain,
};

/// Looks for names in the text of files.
class MentionSearch final {
public:
  /// \param changes  by header; all complete; headers that the diff leaves alone may have lines of
  /// their own, too (reached_names.h). Both must outlive the search. \param units  those of which
  /// to know what macros join.
  MentionSearch(const SourceTree &tree, const std::map<std::string, ChangedNames> &changes,
                std::span<const UnitInputs> units = {});

  /// The most certain mention of any of the names in files or in a unit with its command; any words
  /// may be joined unless the unit is one of those given. Files that cannot be read mention
  /// nothing. \param files  absolute.
  Mention mentions(std::span<const std::string> files);
  Mention mentions(const UnitInputs &unit);

private:
  using Lines = std::vector<std::pair<unsigned, unsigned>>;
  /// What a file's words are.
  struct FileWords {
    bool hasName = false;
    /// As WordsToJoin.
    bool definesForAssembler = false, hasBackslash = false;
    /// Parts of names, as partIndex() numbers them: of all words, and in a unit that lists all
    /// files, of those that `##` may join, or `##` and strings. Sorted.
    std::vector<uint32_t> parts, joined, inStrings;
  };

  /// Characters `range.first` up to `range.second` of names_[name].
  uint32_t partIndex(size_t name, std::pair<size_t, size_t> range) const {
    return static_cast<uint32_t>(firstPart_[name] + range.first * (names_[name].size() + 1) +
                                 range.second);
  }
  const FileWords &wordsIn(const std::string &file);
  void scan(std::string_view text, const Lines *without, FileWords &found) const;
  Mention mentions(std::span<const std::string> files, const FileWords &command,
                   bool areJoinsKnown);
  FileWords wordsIn(const CompileCommand &command) const;
  void findJoined(std::span<const UnitInputs> units);
  void addJoined(const WordsToJoin &words, std::vector<uint32_t> &joined) const;
  void addJoinedInFile(const std::string &file, FileWords &found) const;
  bool canBePasted(size_t name, const std::vector<bool> &parts) const;

  const SourceTree &tree_;
  const std::map<std::string, ChangedNames> &changes_;
  std::vector<std::string> names_;
  std::vector<size_t> firstPart_;
  size_t partCount_ = 0;
  /// The parts that a word is; a whole name is none.
  std::unordered_map<std::string, std::vector<uint32_t>> partsOf_;
  /// Those that numbers are.
  std::vector<uint32_t> numbers_;
  std::set<std::string> assemblerSymbols_;
  /// Strings count where names are symbols of the assembler.
  JoinedWords joined_, inStrings_;
  bool areJoinsKnown_ = false;
  /// What commands and compilers define.
  FileWords commands_;
  std::map<std::string, FileWords> files_;
};

} // namespace suture::builder
