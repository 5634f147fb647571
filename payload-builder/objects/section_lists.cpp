// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/section_lists.h"

#include "payload-builder/support/demangle.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace suture::builder {

namespace {

using Names = std::set<std::string_view>;

/// By piece: something of the object refers to it. \param external  gets what it wants of others.
std::vector<bool> referredPieces(const ObjectModel &object, Names &external) {
  std::vector<bool> referred(object.pieces().size(), false);
  for (const Piece &piece : object.pieces())
    for (const Reference &reference : piece.references)
      if (const auto *target = std::get_if<PieceTarget>(&reference.target))
        referred[target->piece.value] = true;
      else if (const auto *other = std::get_if<ExternalTarget>(&reference.target))
        external.insert(other->name);
  return referred;
}

/// \param external  what the compared units want of each other. Another unit that refers to a name
/// would not be linked without it, and so is among them where the name comes or goes.
bool isEntry(const ObjectModel &object, const std::vector<bool> &referred, const Names &external,
             uint32_t index) {
  const Piece &piece = object.pieces()[index];
  const bool isData = isWritable(piece) || piece.role == SectionRole::Constant ||
                      piece.role == SectionRole::Unknown;
  return isData && piece.kind == PieceKind::Data && !piece.names.empty() && !referred[index] &&
         !object.hasOwnSection(piece) &&
         std::ranges::none_of(piece.names,
                              [&](std::string_view name) { return external.contains(name); });
}

class Lists final {
public:
  /// \param external  gets what the unit wants of others, in either state.
  Lists(const ComparedUnit &unit, Names &external)
      : unit_(unit), base_(referredPieces(unit.base, external)),
        patched_(referredPieces(unit.patched, external)) {}

  /// \param external  of all units.
  void refuse(const Names &external, std::vector<Refusal> &refusals) const {
    const auto add = [&](const Piece &piece, const std::string &what) {
      refusals.push_back({.stage = Stage::Objects,
                          .code = RefusalCode::SectionListChanged,
                          .location = unit_.placeOf(piece.name()),
                          .subject = demangle(piece.name()),
                          .reason = what + ", and nothing refers to it by name: it is found as a "
                                           "part of the section, which the target has as it was "
                                           "linked",
                          .advice = "Make the fix without a change of what is in that section, or "
                                    "change what walks through it."});
    };
    for (uint32_t i = 0; i < unit_.base.pieces().size(); ++i)
      if (!unit_.comparison.patchedOf[i] && isEntry(unit_.base, base_, external, i))
        add(unit_.base.pieces()[i], "it is gone from section " + sectionOf(unit_.base, i));
    for (uint32_t i = 0; i < unit_.patched.pieces().size(); ++i) {
      if (!isEntry(unit_.patched, patched_, external, i))
        continue;
      const std::string section = sectionOf(unit_.patched, i);
      const auto before = unit_.comparison.baseOf[i];
      if (!before)
        add(unit_.patched.pieces()[i], "it is new in section " + section);
      else if (!unit_.patched.pieces()[i].isLocal())
        continue; // Units that were not compared may refer to it.
      else if (const std::string old = sectionOf(unit_.base, before->value); old != section)
        add(unit_.patched.pieces()[i], "it moves from section " + old + " to " + section);
    }
  }

private:
  static std::string sectionOf(const ObjectModel &object, uint32_t index) {
    return std::string(object.sectionName(object.pieces()[index]));
  }

  const ComparedUnit &unit_;
  const std::vector<bool> base_, patched_;
};

} // namespace

std::vector<Refusal> refuseChangedLists(std::span<const ComparedUnit> units) {
  Names external;
  std::vector<Lists> lists;
  for (const ComparedUnit &unit : units)
    lists.emplace_back(unit, external);
  std::vector<Refusal> refusals;
  for (const Lists &list : lists)
    list.refuse(external, refusals);
  return refusals;
}

} // namespace suture::builder
