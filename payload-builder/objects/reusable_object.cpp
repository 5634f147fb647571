// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/reusable_object.h"

#include "payload-builder/objects/built_object.h"

#include <algorithm>

namespace suture::builder {

namespace {

bool has(const CompileCommand &command, const char *flag) {
  return std::ranges::find(command.arguments, flag) != command.arguments.end();
}

/// Whether the pieces are those that the compiler would have given a section each. What has no name
/// may be of several functions then: tables of jumps, code out of line. And a short jump from one
/// function to the next moves what follows it.
bool isCutExactly(const ObjectModel &object) {
  for (uint32_t i = 0; i < object.pieces().size(); ++i) {
    const Piece &piece = object.piece({i});
    if (piece.kind == PieceKind::Function && object.isUndecodable({i}))
      return false;
    for (const Reference &reference : piece.references)
      if (const auto *target = std::get_if<PieceTarget>(&reference.target))
        if (const Piece &other = object.piece(target->piece);
            other.names.empty() && other.role != SectionRole::Special)
          return false;
  }
  return true;
}

} // namespace

std::optional<ObjectModel> findReusableObject(const CompileCommand &command) {
  auto file = openBuiltObject(command);
  if (!file)
    return std::nullopt;
  auto object = ObjectModel::parse(std::move(*file));
  if (!object) {
    // What cannot be understood is made anew.
    llvm::consumeError(object.takeError());
    return std::nullopt;
  }
  const bool isSplit = has(command, "-ffunction-sections") && has(command, "-fdata-sections");
  if (!isSplit && !isCutExactly(*object))
    return std::nullopt;
  return std::move(*object);
}

} // namespace suture::builder
