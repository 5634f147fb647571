// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a unit's AST to its facts.

#include "payload-builder/changes/unit_facts.h"
#include "payload-builder/units/front_end.h"

#include <llvm/ADT/StringSet.h>

namespace clang {
class ASTContext;
} // namespace clang

namespace suture::builder {

/// Adds what an AST without errors has. \param foreignNames  that lines name which Clang skips and
/// the target's compiler may read.
void readFacts(clang::ASTContext &context, const UnitState &unit,
               const llvm::StringSet<> &foreignNames, UnitFacts &facts);

} // namespace suture::builder
