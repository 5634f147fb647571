// SPDX-License-Identifier: Apache-2.0
#pragma once
// The second stage as a whole: units that see a change, also through files that the build makes.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/units/compile_commands.h"
#include "payload-builder/units/find_units.h"

#include <llvm/Support/Error.h>

namespace suture::builder {

/// Finds the units that see what the tree's diff changes. Files that the build makes of changed
/// ones, and that units read, are made anew and added to the tree as changed files.
/// Errors: no compile commands; no space for a copy of the tree.
llvm::Expected<UnitsResult> selectUnits(SourceTree &tree, const CompileCommandSource &source);

} // namespace suture::builder
