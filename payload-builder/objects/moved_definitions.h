// SPDX-License-Identifier: Apache-2.0
#pragma once
// Definitions that a fix takes out of one unit and puts into another.

#include "payload-builder/objects/compared_unit.h"
#include "payload-builder/support/refusal.h"

#include <llvm/Support/Error.h>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace suture::builder {

struct MovedDefinitions {
  /// Symbol names of those that other units can refer to, refused ones among them.
  std::set<std::string, std::less<>> names;
  /// Of those that are not what they were.
  std::vector<Refusal> refusals;
};

/// Finds functions and data that one unit no longer has and another has from now on. Functions and
/// constants that are the same there are the target's own; others are refused, and so is writable
/// data, which would have two places. Errors: as comparePieces().
llvm::Expected<MovedDefinitions> findMovedDefinitions(std::span<const ComparedUnit> units);

/// Whether other units can refer to a piece, and no other unit may define it.
bool isSoleDefinition(const Piece &piece);

} // namespace suture::builder
