// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/loose_tables.h"

#include <cstdint>
#include <map>
#include <set>

namespace suture::builder {

namespace {

/// Bytes by section name.
using Contents = std::map<std::string_view, std::vector<uint8_t>>;

Contents looseContents(const ObjectModel &object) {
  std::set<PieceIndex> owned;
  for (uint32_t i = 0; i < object.pieces().size(); ++i) {
    const auto entries = object.entriesOf({i});
    owned.insert(entries.begin(), entries.end());
    for (const Reference &reference : object.pieces()[i].references)
      if (const auto *target = std::get_if<PieceTarget>(&reference.target);
          target != nullptr && target->piece != PieceIndex{i})
        owned.insert(target->piece);
  }
  Contents contents;
  for (uint32_t i = 0; i < object.pieces().size(); ++i) {
    const Piece &piece = object.pieces()[i];
    const std::string_view section = object.sectionName(piece);
    if (piece.role == SectionRole::Special && !owned.contains({i}) &&
        !section.starts_with(".livepatch.") && !section.starts_with(".suture."))
      contents[section].insert(contents[section].end(), piece.bytes.begin(), piece.bytes.end());
  }
  return contents;
}

} // namespace

std::vector<std::string> changedLooseTables(const ObjectModel &base, const ObjectModel &patched) {
  Contents before = looseContents(base), after = looseContents(patched);
  for (const auto &[section, bytes] : before)
    after.try_emplace(section);
  std::vector<std::string> changed;
  for (const auto &[section, bytes] : after)
    if (before[section] != bytes)
      changed.emplace_back(section);
  return changed;
}

} // namespace suture::builder
