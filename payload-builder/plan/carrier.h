// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/compare_objects.h"
#include "payload-builder/plan/bound_symbols.h"
#include "payload-builder/plan/plan.h"
#include "payload-builder/plan/target_unit.h"
#include "payload-builder/support/payload_file.h"
#include "payload-builder/support/target_image.h"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace suture::builder {

/// Index into ObjectsResult::units.
struct UnitIndex {
  size_t value = 0;
  auto operator<=>(const UnitIndex &) const = default;
};

/// Puts pieces of patched objects into a plan, with all that they need, and binds their references.
class Carrier final {
public:
  /// All arguments outlive the object.
  Carrier(const TargetImage &image, const ObjectsResult &objects,
          std::span<const PayloadFile> lowers, Plan &plan);

  /// The chunk of a patched piece; carried, with what it refers to and the table entries that
  /// belong to it, if it is not yet. Entries, and hooks, go into a section of their own name.
  ChunkIndex carry(UnitIndex unit, PieceIndex patched);
  /// The chunk of a piece that is carried already.
  std::optional<ChunkIndex> find(UnitIndex unit, PieceIndex patched) const;
  /// A constant of the builder's own, with a given alignment; equal ones once.
  ChunkIndex carryConstant(std::string_view content, uint64_t alignment);

  const TargetUnit &targetUnit(UnitIndex unit) const { return targetUnits_[unit.value]; }
  /// Whether a payload under this one exports that name.
  bool isExportedByLower(const std::string &name) const { return lowerExports_.contains(name); }
  /// Whether a reference of a patched object leads to a constant whose value changes: its name.
  std::optional<std::string_view> changedConstant(UnitIndex unit, const Reference &reference) const;
  /// The name under which a loader knows, or will know, a piece of a patched object.
  std::string loaderName(UnitIndex unit, const Piece &piece) const;

private:
  struct Where {
    UnitIndex unit;
    PieceIndex piece;
  };

  const UnitObjects &unit(UnitIndex index) const { return objects_.units[index.value]; }
  bool isFreeName(const std::string &name);
  void fill(ChunkIndex chunk, Where where);
  std::optional<ChunkRole> roleFor(Where where);
  void refuseUnknownCode(Where where);
  /// What an alternative without a replacement points at.
  ChunkIndex emptyReplacement();
  /// For a field of 24 bits, which does not reach the target: a jump in the payload that does.
  void reachFromBugFrame(Where where, PlannedReference &reference);
  void addReference(ChunkIndex chunk, Where where, const Reference &reference);
  std::optional<PlannedReference> bind(Where where, const Reference &reference);
  std::optional<PlannedReference> bindPiece(Where where, const Reference &reference,
                                            const PieceTarget &target);
  std::optional<PlannedReference> bindExternal(Where where, const Reference &reference,
                                               const ExternalTarget &target);
  std::optional<BoundSymbolIndex> bindInTarget(Where where, const Piece &piece,
                                               PieceIndex basePiece);
  /// A payload under this one has another value of a constant of the target.
  bool isReplacedByLower(const std::string &name) const { return lowerConstants_.contains(name); }
  bool isUnpaired(Where where, const Piece &piece) const;
  void refuse(RefusalCode code, Where where, std::string_view subject, std::string reason,
              std::string advice);

  const TargetImage &image_;
  const ObjectsResult &objects_;
  Plan &plan_;
  BoundSymbols symbols_;
  std::vector<TargetUnit> targetUnits_;
  std::set<std::string> lowerExports_, lowerConstants_, exportedNames_;
  /// Patched pieces that other units can refer to, by name.
  std::map<std::string_view, Where> globals_;
  /// Of them, constants whose value changes.
  std::map<std::string_view, Where> changedConstants_;
  std::map<std::pair<size_t, uint32_t>, ChunkIndex> chunkOf_;
  std::optional<ChunkIndex> emptyReplacement_;
  std::map<std::pair<std::string, uint64_t>, ChunkIndex> constants_;
};

} // namespace suture::builder
