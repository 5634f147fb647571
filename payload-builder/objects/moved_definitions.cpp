// SPDX-License-Identifier: Apache-2.0
// Pieces are compared within a unit. A function that moves to another source file is gone from one
// and new in the other: were it left at that, its new body would enter no payload, since nobody
// calls a new function where there is an old one of its name. So what is gone here and new there is
// compared across the two objects. Where it is the same, with all that only its own unit can see,
// the target has it already. Where it is not, the fix is refused. Rejected was to replace it in the
// target: it takes a base and a patched state of two units in one change, and of the fixes of Xen's
// branches 4.18 and 4.20 none has such a move.
#include "payload-builder/objects/moved_definitions.h"

#include "payload-builder/support/demangle.h"

#include <algorithm>
#include <elf.h>
#include <map>
#include <optional>

namespace suture::builder {

namespace {

/// Whether the running target has, or would have, the piece, under a name of its own.
bool counts(const Piece &piece) {
  return !piece.names.empty() && familyOf(piece.name()) == piece.name() &&
         (piece.role == SectionRole::Text || piece.role == SectionRole::UnpatchableText ||
          piece.role == SectionRole::Constant || isWritable(piece));
}

/// Static functions and constants come along with those that use them.
bool mayMatterAlone(const Piece &piece) { return isSoleDefinition(piece) || isWritable(piece); }

/// One unit's base held against another unit's patched object.
class Move final {
public:
  /// \param comparison  of the patched object with the other unit's base.
  Move(const ObjectModel &patched, const Comparison &comparison)
      : patched_(patched), comparison_(comparison) {}

  /// Whether a patched piece, with everything local that it leads to, is what the base has.
  bool isSame(PieceIndex patched) {
    if (!seen_.insert(patched).second)
      return true;
    const Piece &piece = patched_.piece(patched);
    if (!piece.names.empty() &&
        (!comparison_.baseOf[patched.value] || comparison_.differs[patched.value]))
      return false;
    return std::ranges::all_of(piece.references, [&](const Reference &reference) {
      const auto *target = std::get_if<PieceTarget>(&reference.target);
      if (target == nullptr)
        return true;
      const Piece &other = patched_.piece(target->piece);
      return other.names.empty() || (other.isLocal() && !isWritable(other))
                 ? isSame(target->piece)
                 : !isWritable(other) || !other.isLocal();
    });
  }

private:
  const ObjectModel &patched_;
  const Comparison &comparison_;
  std::set<PieceIndex> seen_;
};

class MoveFinder final {
public:
  explicit MoveFinder(std::span<const ComparedUnit> units) : units_(units) {}

  llvm::Expected<MovedDefinitions> run() {
    for (const ComparedUnit &unit : units_)
      for (uint32_t i = 0; i < unit.base.pieces().size(); ++i)
        if (const Piece &piece = unit.base.pieces()[i];
            !unit.comparison.patchedOf[i] && counts(piece) && mayMatterAlone(piece))
          gone_.emplace(piece.name(), Place{&unit, &piece});
    for (const ComparedUnit &unit : units_)
      for (uint32_t i = 0; !gone_.empty() && i < unit.patched.pieces().size(); ++i)
        if (!unit.comparison.baseOf[i] && counts(unit.patched.pieces()[i]))
          for (auto [from, end] = gone_.equal_range(unit.patched.pieces()[i].name()); from != end;
               ++from)
            if (llvm::Error error = judge(unit, {i}, from->second))
              return error;
    refuseGoneButUsed();
    return std::move(result_);
  }

private:
  struct Place {
    const ComparedUnit *unit = nullptr;
    const Piece *piece = nullptr;
  };

  llvm::Error judge(const ComparedUnit &unit, PieceIndex index, const Place &place) {
    const Piece &piece = unit.patched.piece(index);
    if (place.unit == &unit || place.piece->kind != piece.kind ||
        (place.piece->isLocal() != piece.isLocal() && !isWritable(piece)))
      return llvm::Error::success();
    const ComparedUnit &from = *place.unit;
    if (!piece.isLocal())
      result_.names.emplace(piece.name());
    if (isWritable(piece)) {
      refuse(unit, from, piece, "its value since boot is in the place that it had there");
      return llvm::Error::success();
    }
    auto comparison = comparePieces(from.base, unit.patched, [](unsigned) { return false; });
    if (!comparison)
      return comparison.takeError();
    if (comparison->lacksDeclarations || !Move(unit.patched, *comparison).isSame(index))
      refuse(unit, from, piece, "it is not the same as there");
    return llvm::Error::success();
  }

  /// What is used and no longer defined is another one from now on: a weak one, or a library's.
  void refuseGoneButUsed() {
    std::set<std::string_view> refused;
    for (const ComparedUnit &unit : units_)
      for (const Piece &piece : unit.patched.pieces())
        for (const Reference &reference : piece.references) {
          const auto *target = std::get_if<ExternalTarget>(&reference.target);
          const auto place = target != nullptr ? gone_.find(target->name) : gone_.end();
          if (place == gone_.end() || place->second.piece->isLocal() ||
              result_.names.contains(target->name) || !refused.insert(target->name).second)
            continue;
          const std::string &source = place->second.unit->changes.unit.source;
          result_.refusals.push_back(
              {.stage = Stage::Objects,
               .code = RefusalCode::DefinedElsewhere,
               .location = {.file = source},
               .subject = demangle(target->name),
               .reason = source + " no longer defines it, and " + unit.changes.unit.source +
                         " still uses it: which other definition takes its place cannot be told",
               .advice = "In the diff for the livepatch, keep it and change it to what the other "
                         "one is."});
        }
  }

  void refuse(const ComparedUnit &unit, const ComparedUnit &from, const Piece &piece,
              const std::string &why) {
    const std::string &source = from.changes.unit.source;
    result_.refusals.push_back({.stage = Stage::Objects,
                                .code = RefusalCode::DefinedElsewhere,
                                .location = unit.placeOf(piece.name()),
                                .subject = demangle(piece.name()),
                                .reason = "it moves here from " + source + ", and " + why,
                                .advice = "In the diff for the livepatch, leave it in " + source +
                                          " and change it there, with what it uses."});
  }

  const std::span<const ComparedUnit> units_;
  std::multimap<std::string_view, Place> gone_;
  MovedDefinitions result_;
};

} // namespace

bool isSoleDefinition(const Piece &piece) { return piece.binding == STB_GLOBAL && !piece.inGroup; }

llvm::Expected<MovedDefinitions> findMovedDefinitions(std::span<const ComparedUnit> units) {
  return MoveFinder(units).run();
}

} // namespace suture::builder
