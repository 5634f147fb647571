// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/object_model.h"
#include "payload-builder/support/target_image.h"

#include <llvm/ADT/STLFunctionalExtras.h>
#include <set>

namespace suture::builder {

/// Whether what a reference of the piece refers to is at that address of the target.
using MeansSame = llvm::function_ref<bool(const Reference &reference, TargetAddress address)>;

/// Tells code that differs from the target's in nothing but what an assembler chose: the width of
/// jumps, and padding.
class CodeMatcher final {
public:
  /// Both outlive the matcher.
  CodeMatcher(const TargetImage &image, const ObjectModel &object);

  /// Whether a function is the target's, instruction by instruction. False wherever that is not
  /// certain: code that does not decode, or that something else of the object leads into the middle
  /// of; fields that go through the global offset table.
  /// \param running  the target's symbol of the function; its size is that of the code in line.
  bool isSame(PieceIndex index, const ElfSymbol &running, MeansSame meansSame) const;

private:
  const TargetImage &image_;
  const ObjectModel &object_;
  /// Pieces that other pieces refer to at another place than their start. Where that is in the
  /// target is told by the same layout alone.
  std::set<PieceIndex> heldByLayout_;
};

} // namespace suture::builder
