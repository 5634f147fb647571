// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/object_model.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace suture::builder {

/// Bytes of code that are not compared as they are: from, and up to.
struct CodeRange {
  uint64_t from = 0;
  uint64_t to = 0;
};

/// Code as an assembler laid it out.
struct LaidOutCode {
  std::span<const uint8_t> bytes;
  /// Where it lies in its section, and what that is aligned to.
  uint64_t offset = 0, alignment = 1;
  /// Fields that have a relocation, sorted: what they mean is for the caller to compare.
  std::vector<CodeRange> relocated;
  /// What is rewritten at boot, so that a NOP in it counts as an instruction.
  std::vector<CodeRange> rewritten;
};

/// \param index  a function of the object.
LaidOutCode laidOutCode(const ObjectModel &object, PieceIndex index);

/// Two pieces of code that have the same instructions, but for the widths of jumps, where these
/// lead, and NOPs.
class SameInstructions final {
public:
  /// nullopt: they have not, or bytes are no instruction.
  static std::optional<SameInstructions> pair(const LaidOutCode &base, const LaidOutCode &patched);

  /// Whether one is the other laid out otherwise: jumps lead to the same instructions, and where
  /// NOPs differ, an aligned instruction follows.
  bool areSameCode() const { return areSameCode_; }

  /// Whether both offsets, from the start of each, are of one place: of one instruction, or of the
  /// NOPs before it.
  bool isSamePlace(int64_t base, int64_t patched) const;

private:
  /// An instruction that counts.
  struct Instruction {
    uint64_t offset = 0;
    uint64_t length = 0;
    /// Where it leads to without a relocation, from the start of the code.
    std::optional<int64_t> target;
  };
  friend class InstructionReader;
  friend class InstructionPairer;

  std::vector<Instruction> base_, patched_;
  bool areSameCode_ = false;
};

} // namespace suture::builder
