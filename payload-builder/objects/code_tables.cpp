// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/code_tables.h"

#include <cstdint>
#include <map>

namespace suture::builder {

namespace {

/// Bytes by section name; RELA objects hold zeros in relocated fields.
using Contents = std::map<std::string_view, std::vector<uint8_t>, std::less<>>;

Contents contentsOf(const ObjectModel &object) {
  Contents contents;
  for (const Piece &piece : object.pieces()) {
    const std::string_view section = object.sectionName(piece);
    if (object.role(piece) == SectionRole::Special && !section.starts_with(".bug_frames") &&
        !section.starts_with(".livepatch.") && !section.starts_with(".suture."))
      contents[section].insert(contents[section].end(), piece.bytes.begin(), piece.bytes.end());
  }
  return contents;
}

} // namespace

std::vector<std::string> changedCodeTables(const ObjectModel &base, const ObjectModel &patched) {
  Contents before = contentsOf(base), after = contentsOf(patched);
  for (const auto &[section, bytes] : before)
    after.try_emplace(section);
  std::vector<std::string> changed;
  for (const auto &[section, bytes] : after)
    if (before[section] != bytes)
      changed.emplace_back(section);
  return changed;
}

} // namespace suture::builder
