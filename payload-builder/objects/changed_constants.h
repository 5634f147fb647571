// SPDX-License-Identifier: Apache-2.0
#pragma once
// Constant objects whose value changes, and who refers to them.

#include "payload-builder/objects/compare_pieces.h"
#include "payload-builder/objects/object_model.h"
#include "payload-builder/support/source_location.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace suture::builder {

/// A constant with a new value that other units can refer to by name.
struct SharedConstant {
  /// Where its source changed; the unit alone where it did not.
  SourceLocation location;
  /// What changed there.
  std::string detail;
};

/// By symbol name.
using SharedConstants = std::map<std::string, SharedConstant, std::less<>>;

/// What refers to changed constants in one patched object; also through pieces without a name.
class ConstantReferences final {
public:
  /// All outlive the object. \param own  pieces that count as changed.
  ConstantReferences(const ObjectModel &object, const std::set<uint32_t> &own,
                     const SharedConstants &shared)
      : object_(object), own_(own), shared_(shared) {}

  /// The name of a changed constant that the piece refers to.
  std::optional<std::string_view> of(PieceIndex piece) const {
    std::set<uint32_t> seen;
    return find(piece, seen);
  }

private:
  std::optional<std::string_view> find(PieceIndex piece, std::set<uint32_t> &seen) const;

  const ObjectModel &object_;
  const std::set<uint32_t> &own_;
  const SharedConstants &shared_;
};

/// Patched pieces: named constants whose value differs, those that refer to one of them, or to a
/// shared one, included; sorted.
std::vector<PieceIndex> findChangedConstants(const ObjectModel &patched,
                                             const Comparison &comparison,
                                             const SharedConstants &shared);

} // namespace suture::builder
