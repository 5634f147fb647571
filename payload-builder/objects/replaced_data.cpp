// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/replaced_data.h"

#include "payload-builder/support/demangle.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace suture::builder {

namespace {

/// A variable by its name and the unit whose own it is; nullptr: all may use it.
using Key = std::pair<const ComparedUnit *, std::string_view>;

struct Variable {
  const ComparedUnit *unit = nullptr;
  uint64_t size = 0;
};

/// Of one state.
using Variables = std::map<Key, Variable>;

Key keyOf(const ComparedUnit &unit, const Piece &piece) {
  return {piece.isLocal() ? &unit : nullptr, piece.name()};
}

/// Writable pieces of one of a unit's objects that have no partner in the other.
void addUnpaired(const ComparedUnit &unit, const ObjectModel &object,
                 const std::vector<std::optional<PieceIndex>> &partners, Variables &found) {
  for (uint32_t i = 0; i < object.pieces().size(); ++i)
    if (const Piece &piece = object.pieces()[i];
        !partners[i] && isWritable(piece) && !piece.names.empty())
      found.try_emplace(keyOf(unit, piece), Variable{&unit, piece.size});
}

/// Those of the variables that a function refers to.
Variables usedBy(const ComparedUnit &unit, const ObjectModel &object, PieceIndex function,
                 const Variables &variables) {
  Variables used;
  for (const Reference &reference : object.piece(function).references) {
    Key key;
    if (const auto *target = std::get_if<PieceTarget>(&reference.target))
      key = keyOf(unit, object.piece(target->piece));
    else if (const auto *external = std::get_if<ExternalTarget>(&reference.target))
      key = {nullptr, external->name};
    if (const auto found = variables.find(key); found != variables.end())
      used.insert(*found);
  }
  return used;
}

Refusal refusalOf(const Key &key, const Variable &variable, std::string_view old,
                  std::string_view function) {
  return {.stage = Stage::Objects,
          .code = RefusalCode::LiveDataReplaced,
          .location = variable.unit->placeOf(key.second),
          .subject = demangle(key.second),
          .reason = "it is new, and " + demangle(function) + " uses it in place of " +
                    demangle(old) +
                    ", which is gone: the value that this one has since boot "
                    "would not be in it",
          .advice = "In the diff for the livepatch, keep the old name; if it is not the same "
                    "variable, keep the old one beside it."};
}

std::string noteOf(const Key &key, std::string_view old, std::string_view function) {
  return demangle(key.second) + ": new, with its initial value; " + demangle(function) +
         " uses it, and no longer " + demangle(old) + ", which is gone";
}

} // namespace

ReplacedData findReplacedData(std::span<const ComparedUnit> units) {
  Variables gone, added;
  for (const ComparedUnit &unit : units) {
    addUnpaired(unit, unit.base, unit.comparison.patchedOf, gone);
    addUnpaired(unit, unit.patched, unit.comparison.baseOf, added);
  }
  ReplacedData result;
  std::set<Key> refused;
  std::map<Key, std::string> notes;
  for (const ComparedUnit &unit : units)
    for (uint32_t i = 0; !gone.empty() && !added.empty() && i < unit.patched.pieces().size(); ++i) {
      const auto base = unit.comparison.baseOf[i];
      const Piece &function = unit.patched.pieces()[i];
      if (!base || function.kind != PieceKind::Function)
        continue;
      const Variables before = usedBy(unit, unit.base, *base, gone);
      for (const auto &[key, variable] : usedBy(unit, unit.patched, {i}, added)) {
        const auto isOther = [&](const auto &entry) {
          return familyOf(entry.first.second) != familyOf(key.second);
        };
        const auto same = std::ranges::find_if(before, [&](const auto &entry) {
          return isOther(entry) && entry.second.size == variable.size;
        });
        if (same != before.end() && refused.insert(key).second)
          result.refusals.push_back(refusalOf(key, variable, same->first.second, function.name()));
        if (const auto other = std::ranges::find_if(before, isOther); other != before.end())
          notes.try_emplace(key, noteOf(key, other->first.second, function.name()));
      }
    }
  for (auto &[key, note] : notes)
    if (!refused.contains(key))
      result.notes.push_back(std::move(note));
  return result;
}

} // namespace suture::builder
