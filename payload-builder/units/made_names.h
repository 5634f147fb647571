// SPDX-License-Identifier: Apache-2.0
#pragma once
// Names that `##` makes where they are joined once more.

#include "payload-builder/units/macro_tokens.h"

#include <llvm/ADT/DenseSet.h>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace suture::builder {

/// A parameter of the macros of one name.
struct Slot {
  Word macro = 0;
  size_t parameter = 0;

  auto operator<=>(const Slot &) const = default;
};

/// What stands next to a `##`: a word, or a parameter.
struct JoinedElement {
  bool isSlot = false;
  /// The word alone counts where it is none.
  Slot slot;

  auto operator<=>(const JoinedElement &) const = default;
};
using JoinedRow = std::vector<JoinedElement>;

/// The row that ends with a token of a macro's body; no row unless a `##` precedes that.
JoinedRow rowEndingAt(const Macro &macro, std::span<const MacroToken> tokens, size_t at);

/// Every row in a macro's body, or in a part of it.
std::vector<JoinedRow> rowsIn(const Macro &macro, std::span<const MacroToken> tokens);

/// A macro that stands for a number which stands nowhere, as that of a line.
bool isNumberMacro(std::string_view name);

/// Whether a row could make a name if parameters were anything.
bool mayMake(const JoinedRow &row, std::string_view name, const MacroReader &reader);

/// Knows the words that parameters are given, and what is made of them.
class MadeNames final {
public:
  /// Returns whether that is new.
  bool give(Slot slot, Word word) { return slots_[slot].words.insert(word).second; }
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
  struct Given {
    bool isAnything = false;
    llvm::DenseSet<Word> words;
    std::set<JoinedRow> rows;
    std::set<Slot> to;
    /// Words that what the rows make consists of.
    llvm::DenseSet<Word> pieces;
  };

  void passAllOn();
  void findPieces(Given &given);
  bool makes(const JoinedRow &row, std::string_view name, const MacroReader &reader,
             bool withUnknown) const;
  bool isGiven(Slot slot, std::string_view text, const MacroReader &reader, bool withUnknown) const;

  std::map<Slot, Given> slots_;
};

} // namespace suture::builder
