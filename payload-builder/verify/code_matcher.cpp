// SPDX-License-Identifier: Apache-2.0
// An assembler resolves a jump between two functions of one section itself, and takes the form of 2
// bytes where the distance allows it. With a section for each function the same jump has 5 or 6
// bytes and a relocation:
//
//   target                          object with -ffunction-sections
//     0: eb 1e     jmp g              0: e9 .. .. .. ..        jmp g   (R_X86_64_PLT32)
//     2: 66 90     padding            5: 0f 1f 00              padding
//     4: 48 ff c8  dec %rax           8: 48 ff c8              dec %rax
//     7: 75 fb     jnz 4              b: 75 fb                 jnz 8
//
// All that follows is shifted by that, padding has another length, and a jump across has another
// distance and maybe another width. So both sides are decoded as a whole, and the n-th instruction
// that is no padding is compared with the other side's n-th. A distance means an instruction: one
// inside the function must lead to the instruction of the same number on both sides; one that leads
// out has a relocation in the object, and must mean the same as the address in the target does. All
// other bytes must be the same.
//
// Padding is NOPs that end at a multiple of more than their length: `.p2align`. Other NOPs (room
// for alternatives) must be the same on both sides.
//
// A function may have parts out of line (`.subsection 1`), which the assembler puts behind all
// functions of the section: behind the function itself in the object. What the target has of them
// lies in one run as well, and starts where the jumps to their first instruction lead.
//
// Nothing is lost by what is seen through: compilers decide neither, and what they rely on in
// another function (registers, side effects, stack) is in its instructions.
#include "payload-builder/verify/code_matcher.h"

#include "payload-builder/objects/instruction_list.h"
#include "payload-builder/verify/relocated_field.h"

#include <algorithm>
#include <cstddef>
#include <elf.h>
#include <span>
#include <variant>
#include <vector>

namespace suture::builder {

namespace {

class Comparison final {
public:
  Comparison(const TargetImage &image, const ObjectModel &object, PieceIndex index,
             const ElfSymbol &running, MeansSame meansSame)
      : image_(image), piece_(object.piece(index)), index_(index), running_(running),
        meansSame_(meansSame) {}

  bool isSame() {
    const auto bytes = image_.bytesAt({running_.value}, running_.size);
    if (!bytes || !here_.append(piece_.bytes.first(piece_.symbolSize), 0) ||
        !there_.append(*bytes, 0) || !appendOutOfLine())
      return false;
    const auto &here = here_.instructions(), &there = there_.instructions();
    if (here.size() != there.size() ||
        !areNopsSame({here_.trailingNops(), here_.end()}, {there_.trailingNops(), there_.end()}))
      return false;
    for (size_t i = 0; i < here.size(); ++i)
      if (!areNopsSame({here[i].nops, here[i].offset}, {there[i].nops, there[i].offset}) ||
          !isSame(here[i], there[i]))
        return false;
    return true;
  }

private:
  struct Nops {
    std::span<const uint8_t> bytes;
    /// From the start of the function.
    int64_t end;

    bool arePadding(uint64_t function) const {
      const uint64_t address = function + static_cast<uint64_t>(end);
      const uint64_t alignment = address & (~address + 1);
      return bytes.size() < alignment;
    }
  };

  bool areNopsSame(const Nops &here, const Nops &there) const {
    return std::ranges::equal(here.bytes, there.bytes) ||
           (here.arePadding(piece_.offset) && there.arePadding(running_.value));
  }

  /// The target has that part where the first jump to its first instruction leads.
  bool appendOutOfLine() {
    const size_t count = here_.instructions().size();
    if (piece_.size == piece_.symbolSize)
      return true;
    if (count != there_.instructions().size() ||
        !here_.append(piece_.bytes.subspan(piece_.symbolSize),
                      static_cast<int64_t>(piece_.symbolSize)))
      return false;
    for (size_t i = 0; i < count; ++i) {
      const Instruction &here = here_.instructions()[i], &there = there_.instructions()[i];
      if (here.isBranch && there.isBranch && here_.numberAt(here.destination) == count)
        return there_.append(image_.bytesFrom(inTarget(there.destination)), there.destination,
                             here_.instructions().size() - count);
    }
    return false;
  }

  bool isSame(const Instruction &here, const Instruction &there) const {
    if (!haveSameForm(here, there))
      return false;
    const auto start = static_cast<uint64_t>(here.offset);
    const auto first = std::ranges::lower_bound(piece_.references, start, {}, &Reference::offset);
    const auto last = std::ranges::lower_bound(piece_.references, start + here.bytes.size(), {},
                                               &Reference::offset);
    const std::span references(first, last);
    return here.isBranch ? isSameBranch(here, there, references)
                         : isSameOther(here, there, references);
  }

  bool isSameBranch(const Instruction &here, const Instruction &there,
                    std::span<const Reference> references) const {
    if (references.empty())
      return correspond(here.destination, there.destination);
    const Reference &reference = references.front();
    return references.size() == 1 && isDistance(reference.type) && here.fieldSize == 4 &&
           reference.offset == static_cast<uint64_t>(here.offset) + here.field &&
           isReferenceSame(reference, there.destination);
  }

  bool isSameOther(const Instruction &here, const Instruction &there,
                   std::span<const Reference> references) const {
    const size_t length = here.bytes.size();
    std::vector<bool> isField(length, false);
    for (const Reference &reference : references) {
      const uint64_t field = reference.offset - static_cast<uint64_t>(here.offset);
      const uint64_t size = fieldSize(reference.type);
      if (size > length - field || !isFieldSame(reference, there, field))
        return false;
      std::fill_n(isField.begin() + static_cast<ptrdiff_t>(field), size, true);
    }
    if (here.fieldSize != 0 && !isField[here.field]) {
      if (!correspond(here.destination, there.destination))
        return false;
      std::fill_n(isField.begin() + static_cast<ptrdiff_t>(here.field), here.fieldSize, true);
    }
    for (size_t i = 0; i < length; ++i)
      if (!isField[i] && here.bytes[i] != there.bytes[i])
        return false;
    return true;
  }

  static bool isDistance(uint32_t type) { return type == R_X86_64_PC32 || type == R_X86_64_PLT32; }

  /// \param field  from the start of the instruction.
  bool isFieldSame(const Reference &reference, const Instruction &there, uint64_t field) const {
    const uint32_t type = reference.type;
    if (!isDistance(type) && type != R_X86_64_64 && type != R_X86_64_32 && type != R_X86_64_32S)
      return false;
    Reference moved = reference;
    moved.offset = field;
    const TargetAddress means = meantBy(moved, inTarget(there.offset), there.bytes);
    return isReferenceSame(reference, static_cast<int64_t>(means.value - running_.value));
  }

  /// \param destination  in the target, from the start of the function.
  bool isReferenceSame(const Reference &reference, int64_t destination) const {
    if (const auto *target = std::get_if<PieceTarget>(&reference.target);
        target != nullptr && target->piece == index_)
      return correspond(target->offset, destination);
    return meansSame_(reference, inTarget(destination));
  }

  /// Whether two offsets, one of each side, are of the same instruction.
  bool correspond(int64_t here, int64_t there) const {
    const auto number = here_.numberAt(here);
    return number && number == there_.numberAt(there);
  }

  TargetAddress inTarget(int64_t offset) const {
    return {running_.value + static_cast<uint64_t>(offset)};
  }

  const TargetImage &image_;
  const Piece &piece_;
  PieceIndex index_;
  const ElfSymbol &running_;
  MeansSame meansSame_;
  /// The object's, and the target's.
  InstructionList here_, there_;
};

} // namespace

CodeMatcher::CodeMatcher(const TargetImage &image, const ObjectModel &object)
    : image_(image), object_(object) {
  const auto &pieces = object.pieces();
  for (uint32_t i = 0; i < pieces.size(); ++i) {
    // Tables beside code are not compared: their entries are the function's own business.
    if (pieces[i].role == SectionRole::Special)
      continue;
    for (const Reference &reference : pieces[i].references)
      if (const auto *target = std::get_if<PieceTarget>(&reference.target);
          target != nullptr && target->offset != 0 && target->piece != PieceIndex{i})
        heldByLayout_.insert(target->piece);
  }
}

bool CodeMatcher::isSame(PieceIndex index, const ElfSymbol &running, MeansSame meansSame) const {
  const Piece &piece = object_.piece(index);
  return piece.symbolSize <= piece.bytes.size() && !object_.isUndecodable(index) &&
         !heldByLayout_.contains(index) &&
         Comparison(image_, object_, index, running, meansSame).isSame();
}

} // namespace suture::builder
