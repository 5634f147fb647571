// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/witness.h"

#include "payload-builder/objects/code_references.h"
#include "payload-builder/objects/compilers_of.h"

#include <cstdint>
#include <vector>

namespace suture::builder {
namespace {

std::vector<uint8_t> instructionsOf(const Piece &piece) {
  std::vector<uint64_t> fields;
  for (const Reference &reference : piece.references)
    fields.push_back(reference.offset);
  return withoutLayout(piece.bytes, fields);
}

} // namespace

bool isGoodWitness(const ObjectModel &base, const ObjectModel &patched,
                   const Comparison &comparison) {
  if (comparison.lacksDeclarations || compilersOf(base.file()) != compilersOf(patched.file()))
    return false;
  size_t same = 0, differing = 0;
  for (uint32_t i = 0; i < patched.pieces().size(); ++i) {
    const auto partner = comparison.baseOf[i];
    const Piece &piece = patched.piece({i});
    if (!partner)
      continue;
    if (!comparison.differs[i]) {
      same += piece.kind == PieceKind::Function ? 1 : 0;
      continue;
    }
    ++differing;
    if (piece.kind != PieceKind::Function ||
        instructionsOf(base.piece(*partner)) == instructionsOf(piece))
      return false;
  }
  return same >= differing;
}

} // namespace suture::builder
