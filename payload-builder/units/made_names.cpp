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
//
// Most rows do not fit most names. To ask for that first is cheaper than to look up every piece.

#include <llvm/ADT/STLExtras.h>

namespace suture::builder {

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
      const size_t before = to.words.set.size() + to.rows.size();
      to.isAnything |= from.isAnything;
      to.words.set.insert(from.words.set.begin(), from.words.set.end());
      to.rows.insert(from.rows.begin(), from.rows.end());
      if (!isSame || to.words.set.size() + to.rows.size() != before)
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
    for (const auto &element : row) {
      if (const Word *word = std::get_if<Word>(&element)) {
        given.pieces.set.insert(*word);
        continue;
      }
      const auto slot = slots_.find(std::get<Slot>(element));
      if (slot == slots_.end() || !seen.insert(slot->first).second)
        continue;
      const Words &words = slot->second.words;
      given.pieces.set.insert(words.set.begin(), words.set.end());
      given.pieces.hasNumbers |= words.hasNumbers;
      for (const JoinedRow &next : slot->second.rows)
        work.push_back(&next);
    }
  }
}

bool MadeNames::Words::contains(std::string_view text, const MacroReader &reader) const {
  const auto word = reader.find(text);
  return (word && set.contains(*word)) ||
         (hasNumbers && text.find_first_not_of("0123456789") == std::string_view::npos);
}

/// Of what is known.
bool MadeNames::isGiven(Slot slot, std::string_view text, const MacroReader &reader) const {
  const auto found = slots_.find(slot);
  if (found == slots_.end())
    return false;
  const Given &given = found->second;
  if (given.words.contains(text, reader))
    return true;
  if (given.pieces.set.empty())
    return false;
  std::vector<char> reached(text.size() + 1, 0);
  reached[0] = 1;
  for (size_t from = 0; from < text.size(); ++from)
    for (size_t to = from + 1; reached[from] && to <= text.size(); ++to)
      if (given.pieces.contains(text.substr(from, to - from), reader))
        reached[to] = 1;
  return reached[text.size()] != 0;
}

bool MadeNames::mayMake(const JoinedRow &row, std::string_view name,
                        const MacroReader &reader) const {
  return fits(row, name, reader) && makes(row, name, reader, [&](Slot slot, std::string_view text) {
           const auto given = slots_.find(slot);
           return (given != slots_.end() && given->second.isAnything) ||
                  isGiven(slot, text, reader);
         });
}

std::vector<std::pair<Word, Slot>> MadeNames::find(std::span<const Word> names,
                                                   const MacroReader &reader) {
  passAllOn();
  for (auto &[slot, given] : slots_)
    given.words.hasNumbers = llvm::any_of(
        given.words.set, [&](Word word) { return isNumberMacro(reader.spelling(word)); });
  for (auto &[slot, given] : slots_)
    findPieces(given);
  std::map<JoinedRow, std::vector<Slot>> rows;
  for (const auto &[slot, given] : slots_)
    for (const JoinedRow &row : given.rows)
      rows[row].push_back(slot);
  std::vector<std::pair<Word, Slot>> found;
  for (const auto &[row, slots] : rows)
    for (const Word name : names) {
      const std::string &spelling = reader.spelling(name);
      if (fits(row, spelling, reader) &&
          makes(row, spelling, reader,
                [&](Slot slot, std::string_view text) { return isGiven(slot, text, reader); }))
        for (const Slot slot : slots)
          found.emplace_back(name, slot);
    }
  return found;
}

} // namespace suture::builder
