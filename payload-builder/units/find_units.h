// SPDX-License-Identifier: Apache-2.0
#pragma once
// The second stage: changed files to the translation units that see them.

#include "payload-builder/support/refusal.h"
#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"
#include "payload-builder/units/compile_commands.h"

#include <llvm/Support/Error.h>
#include <string>
#include <vector>

namespace suture::builder {

struct UnitsResult {
  /// Units whose preprocessed tokens may differ, sorted by source and output. With no refusals
  /// either, there is nothing to patch, and `dismissed` says why.
  std::vector<Unit> units;
  /// Files and units that were looked at and left out.
  std::vector<DismissedUnit> dismissed;
  /// Assembly, linker scripts, build files, sources without a compile command.
  std::vector<Refusal> refusals;
};

/// Finds the units that see what the tree's diff changes.
/// Errors: no compile commands.
llvm::Expected<UnitsResult> findUnits(const SourceTree &tree, const CompileCommandSource &source);

/// One line a unit, with the changed files that it sees; then what was left out and refused.
std::string dump(const UnitsResult &result);

} // namespace suture::builder
