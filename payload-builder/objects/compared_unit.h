// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/compare_pieces.h"
#include "payload-builder/objects/object_model.h"
#include "payload-builder/support/change_set.h"

#include <string_view>

namespace suture::builder {

/// One unit in both states. All outlive it.
struct ComparedUnit {
  const UnitChanges &changes;
  const ObjectModel &base, &patched;
  const Comparison &comparison;

  /// Where a definition changed; the unit alone where that is not known.
  SourceLocation placeOf(std::string_view name) const {
    for (const Change &change : changes.changes)
      if (change.linkageName == familyOf(name))
        return change.location;
    return {.file = changes.unit.source};
  }
};

/// Of a named variable: code may write to it.
inline bool isWritable(const Piece &piece) {
  return piece.role == SectionRole::Writable || piece.role == SectionRole::Zero ||
         piece.role == SectionRole::PerCpu;
}

} // namespace suture::builder
