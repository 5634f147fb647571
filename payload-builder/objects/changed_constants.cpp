// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/changed_constants.h"

namespace suture::builder {

std::optional<std::string_view> ConstantReferences::find(PieceIndex piece,
                                                         std::set<uint32_t> &seen) const {
  if (!seen.insert(piece.value).second)
    return std::nullopt;
  for (const Reference &reference : object_.piece(piece).references) {
    if (const auto *external = std::get_if<ExternalTarget>(&reference.target)) {
      if (shared_.contains(external->name))
        return external->name;
    } else if (const auto *target = std::get_if<PieceTarget>(&reference.target)) {
      const Piece &named = object_.piece(target->piece);
      if (own_.contains(target->piece.value))
        return named.name();
      // A cold part is its function's own.
      if (named.names.empty() || isColdPart(named.name()))
        if (const auto found = find(target->piece, seen))
          return found;
    }
  }
  return std::nullopt;
}

std::vector<PieceIndex> findChangedConstants(const ObjectModel &patched,
                                             const Comparison &comparison,
                                             const SharedConstants &shared) {
  std::set<uint32_t> changed;
  const ConstantReferences references(patched, changed, shared);
  const auto &pieces = patched.pieces();
  // The address of a carried constant is another one: what holds it changes, too.
  for (bool grown = true; grown;) {
    grown = false;
    for (uint32_t i = 0; i < pieces.size(); ++i)
      if (pieces[i].kind == PieceKind::Data && comparison.baseOf[i] &&
          pieces[i].role == SectionRole::Constant && !changed.contains(i) &&
          (comparison.differs[i] || references.of({i})))
        grown |= changed.insert(i).second;
  }
  std::vector<PieceIndex> result;
  for (const uint32_t index : changed)
    result.push_back({index});
  return result;
}

} // namespace suture::builder
