// SPDX-License-Identifier: Apache-2.0
#pragma once
// What stands in a row with `##` between, in a macro's body.

#include "payload-builder/units/macro_tokens.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace suture::builder {

/// A parameter of the macros of one name.
struct Slot {
  Word macro = 0;
  size_t parameter = 0;

  auto operator<=>(const Slot &) const = default;
};

/// Words and parameters, of which `##` makes one word.
using JoinedRow = std::vector<std::variant<Word, Slot>>;

/// The row that ends with a token of a macro's body; no row unless a `##` precedes that.
JoinedRow rowEndingAt(const Macro &macro, std::span<const MacroToken> tokens, size_t at);

/// Every row in a macro's body, or in a part of it.
std::vector<JoinedRow> rowsIn(const Macro &macro, std::span<const MacroToken> tokens);

/// Whether a row could make a name if parameters were anything.
bool fits(const JoinedRow &row, std::string_view name, const MacroReader &reader);

/// Whether it makes a name of its own words and of what isGiven(slot, text) says that parameters
/// are.
template <typename IsGiven>
bool makes(const JoinedRow &row, std::string_view name, const MacroReader &reader,
           IsGiven &&isGiven) {
  std::vector<char> reached(name.size() + 1, 0), next;
  reached[0] = 1;
  for (const auto &element : row) {
    next.assign(name.size() + 1, 0);
    for (size_t from = 0; from <= name.size(); ++from) {
      if (!reached[from])
        continue;
      const std::string_view rest = name.substr(from);
      if (const Word *word = std::get_if<Word>(&element)) {
        if (rest.starts_with(reader.spelling(*word)))
          next[from + reader.spelling(*word).size()] = 1;
        continue;
      }
      next[from] = 1; // Of an argument that is empty.
      for (size_t length = 1; length <= rest.size(); ++length)
        if (!next[from + length] && isGiven(std::get<Slot>(element), rest.substr(0, length)))
          next[from + length] = 1;
    }
    reached.swap(next);
  }
  return reached[name.size()] != 0;
}

} // namespace suture::builder
