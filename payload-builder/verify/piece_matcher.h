// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/object_model.h"
#include "payload-builder/plan/target_unit.h"
#include "payload-builder/support/target_image.h"
#include "payload-builder/verify/code_matcher.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace suture::builder {

/// Where, and how, the target's bytes are not those of a piece.
struct Difference {
  /// From the start of the piece.
  uint64_t offset = 0;
  std::string what;
};

/// Compares pieces of a unit's base object with what the target has at an address. Bytes outside of
/// relocated fields must be the same. A relocated field is followed: what stands in the target is
/// an address, and there must be what the object refers to: the symbol of that name, the same
/// string, or a piece with the same content. Where two local symbols have one name, this also
/// proves that the right one was bound.
class PieceMatcher final {
public:
  /// All outlive the matcher.
  PieceMatcher(const TargetImage &image, const ObjectModel &object, const TargetUnit &unit)
      : image_(image), object_(object), unit_(unit), code_(image, object) {}

  /// nullopt: the same, the constants that the piece refers to included.
  std::optional<Difference> compare(PieceIndex index, TargetAddress address);
  /// Compares a piece with the symbol that the target has for it: sizes, and the contents of code
  /// and constants. What assemblers decide may differ in functions (code_matcher.h).
  std::optional<Difference> compareNamed(PieceIndex index, const ElfSymbol &running);

private:
  std::optional<Difference> compareContents(PieceIndex index, TargetAddress address);
  /// Code without a name that is in the section of a piece, and that its short jumps may lead to.
  std::optional<Difference> compareCodeAround(const Piece &piece, TargetAddress address);
  /// \param address  what the target's field leads to.
  std::optional<Difference> compareReference(const Reference &reference, TargetAddress address);
  /// \param start  where the target would have the piece.
  std::optional<Difference> comparePiece(const Reference &reference, const PieceTarget &target,
                                         TargetAddress start);
  std::optional<Difference> compareExternal(const Reference &reference,
                                            const ExternalTarget &external,
                                            TargetAddress address) const;
  std::optional<Difference> compareLiteral(const Reference &reference, const LiteralTarget &literal,
                                           TargetAddress address) const;
  std::optional<Difference> differs(const Reference &reference, const std::string &target) const;
  std::string nameAt(TargetAddress address) const;

  const TargetImage &image_;
  const ObjectModel &object_;
  const TargetUnit &unit_;
  CodeMatcher code_;
  /// What was found; of a comparison that is under way, that there is no difference so far.
  std::map<std::pair<PieceIndex, uint64_t>, std::optional<Difference>> known_;
};

} // namespace suture::builder
