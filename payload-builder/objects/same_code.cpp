// SPDX-License-Identifier: Apache-2.0
// An assembler gives jumps their widths, and code before the targets of jumps NOPs, one section at
// a time. It starts narrow and never takes a width back, so that the same function comes out
// otherwise where other functions lie before it in its section. An object that the build left has
// all functions in one section, the patched one a section for each: without this file such a
// function looks changed, and the base has to be compiled to see that it is not.
//
// NOPs are not always an assembler's: where code is rewritten at boot they stand for what comes in
// their place, and count. A source may have some, too. So they may only differ before what is
// aligned.
#include "payload-builder/objects/same_code.h"

#include "payload-builder/objects/code_tables.h"

#include <algorithm>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace suture::builder {

namespace {

/// What compilers have the targets of jumps aligned to, at least.
constexpr uint64_t alignmentOfTargets = 8;

/// What is rewritten at boot.
std::vector<CodeRange> rewrittenRanges(const ObjectModel &object, PieceIndex index) {
  std::vector<CodeRange> ranges;
  for (const PieceIndex entryIndex : object.entriesOf(index)) {
    const Piece &entry = object.piece(entryIndex);
    const int64_t length = rewrittenBytes(object.sectionName(entry), entry.bytes);
    for (const Reference &reference : entry.references)
      if (const auto *target = std::get_if<PieceTarget>(&reference.target);
          target != nullptr && reference.offset == ownerField)
        ranges.push_back({target->offset, target->offset + length});
  }
  return ranges;
}

} // namespace

/// Goes through the instructions of two functions.
class InstructionPairer final {
public:
  InstructionPairer(const ObjectModel &base, PieceIndex baseIndex, const ObjectModel &patched,
                    PieceIndex patchedIndex)
      : base_{base, baseIndex}, patched_{patched, patchedIndex} {}

  std::optional<SameInstructions> run() {
    SameInstructions same(InstructionList(rewrittenRanges(base_.object, base_.index)),
                          InstructionList(rewrittenRanges(patched_.object, patched_.index)));
    if (!same.base_.append(base_.piece.bytes, 0) || !same.patched_.append(patched_.piece.bytes, 0))
      return std::nullopt;
    const auto &before = same.base_.instructions(), &after = same.patched_.instructions();
    if (!std::ranges::equal(before, after, [&](const Instruction &a, const Instruction &b) {
          return haveSameForm(a, b) && isSame(a, b);
        }))
      return std::nullopt;
    same.areSameCode_ =
        std::ranges::equal(before, after,
                           [&](const Instruction &a, const Instruction &b) {
                             return areLaidOutAlike(a, b) &&
                                    (!leadsInside(a) ||
                                     same.isSamePlace(a.destination, b.destination));
                           }) &&
        std::ranges::equal(same.base_.trailingNops(), same.patched_.trailingNops());
    return same;
  }

private:
  struct Side {
    Side(const ObjectModel &model, PieceIndex pieceIndex)
        : object(model), index(pieceIndex), piece(model.piece(pieceIndex)) {}

    std::span<const Reference> referencesOf(const Instruction &instruction) const {
      const auto start = static_cast<uint64_t>(instruction.offset);
      const auto from = std::ranges::lower_bound(piece.references, start, {}, &Reference::offset);
      const auto to = std::ranges::lower_bound(piece.references, start + instruction.bytes.size(),
                                               {}, &Reference::offset);
      return {from, to};
    }

    bool isAligned(const Instruction &instruction) const {
      const uint64_t alignment = object.file().section(piece.section).alignment;
      const uint64_t offset = piece.offset + static_cast<uint64_t>(instruction.offset);
      return alignment % alignmentOfTargets == 0 && offset % alignmentOfTargets == 0;
    }

    const ObjectModel &object;
    const PieceIndex index;
    const Piece &piece;
  };

  /// Whether the base's instruction has a distance in itself that leads to a place of the function.
  bool leadsInside(const Instruction &instruction) const {
    const auto isItsField = [&](const Reference &reference) {
      return reference.offset == static_cast<uint64_t>(instruction.offset) + instruction.field;
    };
    return instruction.fieldSize != 0 &&
           std::ranges::none_of(base_.referencesOf(instruction), isItsField);
  }

  /// Of two of one form: whether references are in the same fields, and other bytes the same.
  bool isSame(const Instruction &base, const Instruction &patched) const {
    const auto before = base_.referencesOf(base), after = patched_.referencesOf(patched);
    const auto fieldIn = [](const Instruction &instruction) {
      return [&](const Reference &reference) {
        return reference.offset - static_cast<uint64_t>(instruction.offset);
      };
    };
    if (!std::ranges::equal(before, after, {}, fieldIn(base), fieldIn(patched)))
      return false;
    if (base.isBranch)
      return before.empty() || base.bytes.size() == patched.bytes.size();
    std::vector<bool> isField(base.bytes.size(), false);
    const auto leaveOut = [&](uint64_t field, uint64_t size) {
      for (uint64_t i = field; i < std::min<uint64_t>(field + size, isField.size()); ++i)
        isField[i] = true;
    };
    leaveOut(base.field, base.fieldSize);
    for (const Reference &reference : before)
      leaveOut(fieldIn(base)(reference), fieldSize(reference.type));
    for (size_t i = 0; i < isField.size(); ++i)
      if (!isField[i] && base.bytes[i] != patched.bytes[i])
        return false;
    return true;
  }

  bool areLaidOutAlike(const Instruction &base, const Instruction &patched) const {
    return std::ranges::equal(base.nops, patched.nops) ||
           (base_.isAligned(base) && patched_.isAligned(patched));
  }

  const Side base_, patched_;
};

std::optional<SameInstructions> SameInstructions::pair(const ObjectModel &base,
                                                       PieceIndex baseIndex,
                                                       const ObjectModel &patched,
                                                       PieceIndex patchedIndex) {
  return InstructionPairer(base, baseIndex, patched, patchedIndex).run();
}

bool SameInstructions::isSamePlace(int64_t base, int64_t patched) const {
  const auto numberAt = [](const InstructionList &code, int64_t offset) {
    return offset == code.end() ? code.instructions().size() : code.numberAt(offset);
  };
  const std::optional<size_t> number = numberAt(base_, base);
  return number && number == numberAt(patched_, patched);
}

} // namespace suture::builder
