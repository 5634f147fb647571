// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/witness.h"

#include "payload-builder/objects/compilers_of.h"
#include "payload-builder/objects/same_code.h"

namespace suture::builder {

namespace {

/// Whether it cannot be told that a function differs in more than an assembler chooses.
bool mayBeSameCode(const ObjectModel &base, PieceIndex baseIndex, const ObjectModel &patched,
                   PieceIndex patchedIndex) {
  const auto same = SameInstructions::pair(base, baseIndex, patched, patchedIndex);
  return same && !same->areSameCode();
}

} // namespace

Agreement agreementOf(const ObjectModel &patched, const Comparison &comparison) {
  Agreement result;
  for (uint32_t i = 0; i < patched.pieces().size(); ++i)
    if (patched.piece({i}).kind == PieceKind::Function && comparison.baseOf[i])
      ++(comparison.differs[i] ? result.differing : result.same);
  return result;
}

bool isGoodWitness(const ObjectModel &base, const ObjectModel &patched,
                   const Comparison &comparison) {
  if (compilersOf(base.file()) != compilersOf(patched.file()))
    return false;
  for (uint32_t i = 0; i < patched.pieces().size(); ++i) {
    const auto partner = comparison.baseOf[i];
    if (partner && comparison.differs[i] &&
        (patched.piece({i}).kind != PieceKind::Function ||
         mayBeSameCode(base, *partner, patched, {i})))
      return false;
  }
  return true;
}

} // namespace suture::builder
