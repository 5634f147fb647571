// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/object_model.h"
#include "payload-builder/support/change_set.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace suture::builder {

/// Which piece of the base object is which of the patched object, and what became of it.
struct Comparison {
  /// By index of a patched piece: its base piece. Anonymous pieces have none: they are compared
  /// through those that refer to them.
  std::vector<std::optional<PieceIndex>> baseOf;
  /// By index of a base piece: the reverse.
  std::vector<std::optional<PieceIndex>> patchedOf;
  /// By index of a patched piece that has a base piece: bytes or references differ.
  std::vector<bool> differs;
  /// Names of writable pieces of which it is not certain which piece of the other object they are,
  /// or whether any (static locals with a compiler's numbering); such a piece has no partner.
  /// Sorted.
  std::vector<std::string> unpaired;
  /// Numbered data is not all paired, and it was not asked where it is declared.
  bool lacksDeclarations = false;
};

/// Whether a line number of debug information stands for one and the same line in both states.
using IsSameLine = std::function<bool(unsigned line)>;

/// Compares two compilations of one unit. Thread-safe. \param isSameLine  thread-safe, too; empty:
/// debug information does not say where static locals are declared.
/// \param sole  the unit's, for that case.
/// Errors: debug information that cannot be read.
llvm::Expected<Comparison> comparePieces(const ObjectModel &base, const ObjectModel &patched,
                                         const IsSameLine &isSameLine,
                                         const SoleStatics &sole = {});

/// A symbol name without what a compiler appends to tell copies apart: `once.12` -> `once`,
/// `f.isra.0.cold` -> `f`.
std::string_view familyOf(std::string_view name);

/// Whether the name is a part that only its own function jumps to: `f.cold`, `f.part.0.cold`.
bool isColdPart(std::string_view name);

} // namespace suture::builder
