// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/instruction_list.h"
#include "payload-builder/objects/object_model.h"

#include <cstdint>
#include <optional>

namespace suture::builder {

/// Two functions that have the same instructions, but for the widths of jumps, where these lead,
/// and NOPs; views into their objects.
class SameInstructions final {
public:
  /// nullopt: they have not, or bytes are no instruction.
  static std::optional<SameInstructions> pair(const ObjectModel &base, PieceIndex baseIndex,
                                              const ObjectModel &patched, PieceIndex patchedIndex);

  /// Whether one is the other laid out otherwise: jumps lead to the same instructions, and where
  /// NOPs differ, an aligned instruction follows. What references mean is for the caller to
  /// compare; they are as many, and in the same instructions.
  bool areSameCode() const { return areSameCode_; }

  /// Whether both offsets, from the start of each, are of one instruction, or of the NOPs before
  /// it.
  bool isSamePlace(int64_t base, int64_t patched) const;

private:
  SameInstructions(InstructionList base, InstructionList patched)
      : base_(std::move(base)), patched_(std::move(patched)) {}
  friend class InstructionPairer;

  InstructionList base_, patched_;
  bool areSameCode_ = false;
};

} // namespace suture::builder
