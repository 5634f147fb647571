// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/made_names.h"

// `##` may make the name of a macro, which is expanded before it is joined again:
//
//   #define FEATURESET_1d 0
//   #define DECL_(x) BITFIELD_ ## x
//   #define DECL(x)  DECL_(FEATURESET_ ## x)
//   DECL(1d)                                     BITFIELD_0, though nobody gives `0` to anything
//
// So it is known which words each parameter is given, and which rows of words and parameters are
// made into which parameter. That may be taken for any row of the words that it consists of.

#include <algorithm>
#include <functional>

namespace suture::builder {
namespace {

/// Whether pieces of a name, in the order of a row, are what the row's elements may be.
/// \param isOne  whether some text is what an element may be.
bool isRowOf(const JoinedRow &row, std::string_view name, const MacroReader &reader,
             const std::function<bool(Slot, std::string_view)> &isOne) {
  std::vector<char> reached(name.size() + 1, 0), next;
  reached[0] = 1;
  for (const JoinedElement &element : row) {
    next.assign(name.size() + 1, 0);
    for (size_t from = 0; from <= name.size(); ++from) {
      if (!reached[from])
        continue;
      if (!element.isSlot) {
        const std::string &word = reader.spelling(element.slot.macro);
        if (name.substr(from).starts_with(word))
          next[from + word.size()] = 1;
        continue;
      }
      next[from] = 1; // Of an argument that is empty.
      for (size_t to = from + 1; to <= name.size(); ++to)
        if (!next[to] && isOne(element.slot, name.substr(from, to - from)))
          next[to] = 1;
    }
    reached.swap(next);
  }
  return reached[name.size()] != 0;
}

} // namespace

JoinedRow rowEndingAt(const Macro &macro, std::span<const MacroToken> tokens, size_t at) {
  JoinedRow row;
  if (at == 0 || tokens[at - 1].kind != TokenKind::Join)
    return row;
  for (size_t i = at;; i -= 2) {
    if (tokens[i].kind == TokenKind::Word) {
      const auto parameter = macro.parameter(tokens[i].word);
      row.push_back(parameter ? JoinedElement{true, {macro.name, *parameter}}
                              : JoinedElement{false, {tokens[i].word, 0}});
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

bool isNumberMacro(std::string_view name) {
  return name == "__LINE__" || name == "__COUNTER__" || name == "__INCLUDE_LEVEL__";
}

bool mayMake(const JoinedRow &row, std::string_view name, const MacroReader &reader) {
  const auto spelling = [&](const JoinedElement &element) -> std::string_view {
    return element.isSlot ? std::string_view() : reader.spelling(element.slot.macro);
  };
  if (row.empty() || !name.starts_with(spelling(row.front())) ||
      !name.ends_with(spelling(row.back())))
    return false;
  return isRowOf(row, name, reader, [](Slot, std::string_view) { return true; });
}

void MadeNames::passOn(Slot from, Slot to) {
  if (from != to)
    slots_[from].to.insert(to);
}

void MadeNames::makeInto(const JoinedRow &row, Slot to) {
  if (!row.empty())
    slots_[to].rows.insert(row);
}

void MadeNames::passAllOn() {
  std::vector<Slot> work;
  for (const auto &[slot, given] : slots_)
    work.push_back(slot);
  while (!work.empty()) {
    const Given &from = slots_.at(work.back());
    work.pop_back();
    for (const Slot slot : from.to) {
      Given &to = slots_[slot];
      const bool isSame = to.isAnything || !from.isAnything;
      const size_t before = to.words.size() + to.rows.size();
      to.isAnything |= from.isAnything;
      to.words.insert(from.words.begin(), from.words.end());
      to.rows.insert(from.rows.begin(), from.rows.end());
      if (!isSame || to.words.size() + to.rows.size() != before)
        work.push_back(slot);
    }
  }
}

/// All words that something which is made for a parameter may consist of.
void MadeNames::findPieces(Given &given) {
  std::set<Slot> seen;
  std::vector<const JoinedRow *> work;
  for (const JoinedRow &row : given.rows)
    work.push_back(&row);
  while (!work.empty()) {
    const JoinedRow &row = *work.back();
    work.pop_back();
    for (const JoinedElement &element : row) {
      if (!element.isSlot) {
        given.pieces.insert(element.slot.macro);
        continue;
      }
      const auto slot = slots_.find(element.slot);
      if (slot == slots_.end() || !seen.insert(element.slot).second)
        continue;
      given.pieces.insert(slot->second.words.begin(), slot->second.words.end());
      for (const JoinedRow &next : slot->second.rows)
        work.push_back(&next);
    }
  }
}

bool MadeNames::isGiven(Slot slot, std::string_view text, const MacroReader &reader,
                        bool withUnknown) const {
  const auto found = slots_.find(slot);
  if (found == slots_.end())
    return false;
  const Given &given = found->second;
  if (given.isAnything && withUnknown)
    return true;
  const bool isNumber = text.find_first_not_of("0123456789") == std::string_view::npos;
  const auto isNumberGiven = [&](Word word) { return isNumberMacro(reader.spelling(word)); };
  if (isNumber && (std::ranges::any_of(given.words, isNumberGiven) ||
                   std::ranges::any_of(given.pieces, isNumberGiven)))
    return true;
  if (const auto word = reader.find(text); word && given.words.contains(*word))
    return true;
  std::vector<char> reached(text.size() + 1, 0);
  reached[0] = 1;
  for (size_t from = 0; from < text.size(); ++from)
    for (size_t to = from + 1; !given.pieces.empty() && reached[from] && to <= text.size(); ++to)
      if (const auto word = reader.find(text.substr(from, to - from));
          word && given.pieces.contains(*word))
        reached[to] = 1;
  return reached[text.size()] != 0;
}

bool MadeNames::mayMake(const JoinedRow &row, std::string_view name,
                        const MacroReader &reader) const {
  return makes(row, name, reader, true);
}

bool MadeNames::makes(const JoinedRow &row, std::string_view name, const MacroReader &reader,
                      bool withUnknown) const {
  return builder::mayMake(row, name, reader) &&
         isRowOf(row, name, reader, [&](Slot slot, std::string_view text) {
           return isGiven(slot, text, reader, withUnknown);
         });
}

std::vector<std::pair<Word, Slot>> MadeNames::find(std::span<const Word> names,
                                                   const MacroReader &reader) {
  passAllOn();
  for (auto &[slot, given] : slots_)
    findPieces(given);
  std::map<JoinedRow, std::vector<Slot>> rows;
  for (const auto &[slot, given] : slots_)
    for (const JoinedRow &row : given.rows)
      rows[row].push_back(slot);
  std::vector<std::pair<Word, Slot>> found;
  for (const auto &[row, slots] : rows)
    for (const Word name : names)
      if (makes(row, reader.spelling(name), reader, false))
        for (const Slot slot : slots)
          found.emplace_back(name, slot);
  return found;
}

} // namespace suture::builder
