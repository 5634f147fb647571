// SPDX-License-Identifier: Apache-2.0
#pragma once
// Names that `##` makes where they are joined once more.

#include "payload-builder/units/joined_row.h"
#include "payload-builder/units/macro_tokens.h"

#include <llvm/ADT/DenseSet.h>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace suture::builder {

/// Knows the words that parameters are given, and what is made of them.
class MadeNames final {
public:
  /// Returns whether that is new.
  bool give(Slot slot, Word word) { return slots_[slot].words.set.insert(word).second; }
  /// It is not known what a parameter is given.
  void giveAnything(Slot slot) { slots_[slot].isAnything = true; }
  /// All that one parameter is given, another one is given, too.
  void passOn(Slot from, Slot to);
  /// What a row makes is given to a parameter.
  void makeInto(const JoinedRow &row, Slot to);

  /// Those of the names that are made of what is known, each with the parameters that they are
  /// given to.
  std::vector<std::pair<Word, Slot>> find(std::span<const Word> names, const MacroReader &reader);
  /// Whether a row may make a name, of what was given before the last find(), or of anything where
  /// that is not known.
  bool mayMake(const JoinedRow &row, std::string_view name, const MacroReader &reader) const;

private:
  /// Words, and whether one of them stands for a number that stands nowhere.
  struct Words {
    llvm::DenseSet<Word> set;
    bool hasNumbers = false;

    bool contains(std::string_view text, const MacroReader &reader) const;
  };
  struct Given {
    bool isAnything = false;
    Words words;
    std::set<JoinedRow> rows;
    std::set<Slot> to;
    /// What the rows make consists of these.
    Words pieces;
  };

  void passAllOn();
  void findPieces(Given &given);
  bool isGiven(Slot slot, std::string_view text, const MacroReader &reader) const;

  std::map<Slot, Given> slots_;
};

} // namespace suture::builder
