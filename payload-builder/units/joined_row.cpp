// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/joined_row.h"

#include <algorithm>
#include <utility>

namespace suture::builder {

JoinedRow rowEndingAt(const Macro &macro, std::span<const MacroToken> tokens, size_t at) {
  JoinedRow row;
  if (at == 0 || tokens[at - 1].kind != TokenKind::Join)
    return row;
  for (size_t i = at;; i -= 2) {
    if (tokens[i].kind == TokenKind::Word) {
      const auto parameter = macro.parameter(tokens[i].word);
      if (parameter)
        row.emplace_back(Slot{macro.name, *parameter});
      else
        row.emplace_back(tokens[i].word);
    }
    if (i < 2 || tokens[i - 1].kind != TokenKind::Join)
      break;
  }
  std::ranges::reverse(row);
  // After a comma, `##` only takes that away.
  return row.size() < 2 ? JoinedRow() : row;
}

std::vector<JoinedRow> rowsIn(const Macro &macro, std::span<const MacroToken> tokens) {
  std::vector<JoinedRow> rows;
  for (size_t i = 2; i < tokens.size(); ++i)
    if (tokens[i - 1].kind == TokenKind::Join &&
        (i + 1 == tokens.size() || tokens[i + 1].kind != TokenKind::Join))
      if (JoinedRow row = rowEndingAt(macro, tokens, i); !row.empty())
        rows.push_back(std::move(row));
  return rows;
}

bool fits(const JoinedRow &row, std::string_view name, const MacroReader &reader) {
  const auto spelling = [&](const auto &element) -> std::string_view {
    const Word *word = std::get_if<Word>(&element);
    return word ? std::string_view(reader.spelling(*word)) : std::string_view();
  };
  return !row.empty() && name.starts_with(spelling(row.front())) &&
         name.ends_with(spelling(row.back())) &&
         makes(row, name, reader, [](Slot, std::string_view) { return true; });
}

} // namespace suture::builder
