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
#include "payload-builder/objects/instructions.h"

#include <algorithm>
#include <llvm/ADT/SmallVector.h>
#include <utility>

namespace suture::builder {

namespace {

/// What compilers have the targets of jumps aligned to, at least.
constexpr uint64_t alignmentOfTargets = 8;

} // namespace

/// Takes code apart.
class InstructionReader final {
public:
  /// All that counts of an instruction but for where it leads: first which kind it is, then bytes.
  using Meaning = llvm::SmallVector<uint8_t, 24>;

  explicit InstructionReader(const LaidOutCode &code) : code_(code) {}

  /// False: bytes are no instruction.
  bool run() {
    bool isCode = true;
    decode(code_.bytes, [&](uint64_t offset, const ZydisDecodedInstruction *instruction) {
      isCode = instruction != nullptr;
      if (isCode && (!isPadding(*instruction) || isRewritten(offset)))
        add(offset, *instruction);
      return isCode;
    });
    // What leads behind the last instruction is of one place, too.
    instructions.push_back({.offset = code_.bytes.size(), .length = 0, .target = {}});
    meanings.emplace_back();
    return isCode;
  }

  std::vector<SameInstructions::Instruction> instructions;
  std::vector<Meaning> meanings;

private:
  /// Those that lead to other places of the code without a relocation: jumps, and addresses; and
  /// all others.
  static constexpr uint8_t jump = 0, inward = 1, plain = 2;

  bool isRewritten(uint64_t offset) const {
    return std::ranges::any_of(code_.rewritten, [&](const CodeRange &range) {
      return range.from <= offset && offset < range.to;
    });
  }

  void add(uint64_t offset, const ZydisDecodedInstruction &instruction) {
    const uint64_t end = offset + instruction.length;
    const auto first = std::ranges::lower_bound(code_.relocated, offset, {}, &CodeRange::from);
    const bool isRelocated = first != code_.relocated.end() && first->from < end;
    const auto &raw = instruction.raw;
    auto &added = instructions.emplace_back(offset, instruction.length);
    Meaning &meaning = meanings.emplace_back();
    if (raw.imm[0].is_relative && !isRelocated) {
      added.target = static_cast<int64_t>(end) + raw.imm[0].value.s;
      meaning = {jump, static_cast<uint8_t>(instruction.mnemonic & 0xff),
                 static_cast<uint8_t>(instruction.mnemonic >> 8)};
      for (uint8_t i = 0; i < raw.prefix_count; ++i)
        meaning.push_back(raw.prefixes[i].value);
      return;
    }
    const bool isInward = isRipRelative(instruction) && !isRelocated;
    meaning.push_back(isInward ? inward : plain);
    const auto bytes = code_.bytes.subspan(offset, instruction.length);
    meaning.append(bytes.begin(), bytes.end());
    const auto leaveOut = [&](uint64_t from, uint64_t to) {
      std::fill(meaning.begin() + 1 + from, meaning.begin() + 1 + to, uint8_t{0});
      meaning.push_back(static_cast<uint8_t>(from));
    };
    for (auto field = first; field != code_.relocated.end() && field->from < end; ++field)
      leaveOut(field->from - offset, std::min(field->to, end) - offset);
    if (isInward) {
      added.target = static_cast<int64_t>(end) + raw.disp.value;
      leaveOut(raw.disp.offset, raw.disp.offset + raw.disp.size / 8);
    }
  }

  const LaidOutCode &code_;
};

/// Pairs what two readers found, which is as many and the same.
class InstructionPairer final {
public:
  using Instruction = SameInstructions::Instruction;

  InstructionPairer(const LaidOutCode &base, const LaidOutCode &patched,
                    const SameInstructions &same)
      : base_(base), patched_(patched), same_(same) {}

  bool areSameCode() const {
    uint64_t baseEnd = 0, patchedEnd = 0;
    for (size_t i = 0; i < same_.base_.size(); ++i) {
      const Instruction &base = same_.base_[i], &patched = same_.patched_[i];
      if (!leadToOnePlace(base, patched))
        return false;
      const auto nops = base_.bytes.subspan(baseEnd, base.offset - baseEnd);
      const auto others = patched_.bytes.subspan(patchedEnd, patched.offset - patchedEnd);
      if (!std::ranges::equal(nops, others) &&
          (!isAligned(base_, base) || !isAligned(patched_, patched)))
        return false;
      baseEnd = base.offset + base.length;
      patchedEnd = patched.offset + patched.length;
    }
    return true;
  }

private:
  bool leadToOnePlace(const Instruction &base, const Instruction &patched) const {
    return !base.target || same_.isSamePlace(*base.target, *patched.target);
  }

  static bool isAligned(const LaidOutCode &code, const Instruction &instruction) {
    return code.alignment % alignmentOfTargets == 0 &&
           (code.offset + instruction.offset) % alignmentOfTargets == 0;
  }

  const LaidOutCode &base_, &patched_;
  const SameInstructions &same_;
};

LaidOutCode laidOutCode(const ObjectModel &object, PieceIndex index) {
  const Piece &piece = object.piece(index);
  LaidOutCode code{.bytes = piece.bytes,
                   .offset = piece.offset,
                   .alignment = object.file().section(piece.section).alignment,
                   .relocated = {},
                   .rewritten = {}};
  for (const Reference &reference : piece.references)
    code.relocated.push_back({reference.offset, reference.offset + fieldSize(reference.type)});
  for (const PieceIndex entryIndex : object.entriesOf(index)) {
    const Piece &entry = object.piece(entryIndex);
    const uint64_t length = rewrittenBytes(object.sectionName(entry), entry.bytes);
    for (const Reference &reference : entry.references)
      if (const auto *target = std::get_if<PieceTarget>(&reference.target);
          length != 0 && reference.offset == ownerField && target != nullptr && target->offset >= 0)
        code.rewritten.push_back({static_cast<uint64_t>(target->offset),
                                  static_cast<uint64_t>(target->offset) + length});
  }
  return code;
}

std::optional<SameInstructions> SameInstructions::pair(const LaidOutCode &base,
                                                       const LaidOutCode &patched) {
  InstructionReader before(base), after(patched);
  if (!before.run() || !after.run() || before.meanings != after.meanings)
    return std::nullopt;
  SameInstructions same;
  same.base_ = std::move(before.instructions);
  same.patched_ = std::move(after.instructions);
  same.areSameCode_ = InstructionPairer(base, patched, same).areSameCode();
  return same;
}

bool SameInstructions::isSamePlace(int64_t base, int64_t patched) const {
  // An instruction by its number, and bytes from its start; none outside of the code.
  using Place = std::optional<std::pair<size_t, uint64_t>>;
  const auto placeOf = [](const std::vector<Instruction> &code, int64_t offset) -> Place {
    if (offset < 0 || static_cast<uint64_t>(offset) > code.back().offset)
      return std::nullopt;
    const auto at = static_cast<uint64_t>(offset);
    const auto next = std::ranges::upper_bound(code, at, {}, &Instruction::offset);
    const auto number = static_cast<size_t>(next - code.begin());
    if (number == 0)
      return std::pair(number, uint64_t{0});
    const Instruction &last = code[number - 1];
    const uint64_t within = at - last.offset;
    return within == 0 || within < last.length ? std::pair(number - 1, within)
                                               : std::pair(number, uint64_t{0});
  };
  const Place before = placeOf(base_, base);
  return before && before == placeOf(patched_, patched);
}

} // namespace suture::builder
