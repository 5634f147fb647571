// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/section_lists.h"

#include "payload-builder/support/demangle.h"

#include <optional>
#include <string>
#include <string_view>

namespace suture::builder {

namespace {

/// By piece: something of the object refers to it.
std::vector<bool> referredPieces(const ObjectModel &object) {
  std::vector<bool> referred(object.pieces().size(), false);
  for (const Piece &piece : object.pieces())
    for (const Reference &reference : piece.references)
      if (const auto *target = std::get_if<PieceTarget>(&reference.target))
        referred[target->piece.value] = true;
  return referred;
}

bool isEntry(const ObjectModel &object, const std::vector<bool> &referred, uint32_t index) {
  const Piece &piece = object.pieces()[index];
  const bool isData = isWritable(piece) || piece.role == SectionRole::Constant ||
                      piece.role == SectionRole::Unknown;
  return isData && piece.kind == PieceKind::Data && piece.isLocal() && !piece.names.empty() &&
         !referred[index] && !object.hasOwnSection(piece);
}

class Lists final {
public:
  explicit Lists(const ComparedUnit &unit)
      : unit_(unit), base_(referredPieces(unit.base)), patched_(referredPieces(unit.patched)) {}

  void refuse(std::vector<Refusal> &refusals) const {
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
      if (!unit_.comparison.patchedOf[i] && isEntry(unit_.base, base_, i))
        add(unit_.base.pieces()[i], "it is gone from section " + sectionOf(unit_.base, i));
    for (uint32_t i = 0; i < unit_.patched.pieces().size(); ++i) {
      if (!isEntry(unit_.patched, patched_, i))
        continue;
      const std::string section = sectionOf(unit_.patched, i);
      const auto before = unit_.comparison.baseOf[i];
      if (!before)
        add(unit_.patched.pieces()[i], "it is new in section " + section);
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
  std::vector<Refusal> refusals;
  for (const ComparedUnit &unit : units)
    Lists(unit).refuse(refusals);
  return refusals;
}

} // namespace suture::builder
