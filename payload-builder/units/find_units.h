// SPDX-License-Identifier: Apache-2.0
#pragma once
// The second stage: changed files to the translation units that see them.

#include "payload-builder/support/refusal.h"
#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"
#include "payload-builder/units/compile_commands.h"

#include <llvm/Support/Error.h>
#include <set>
#include <string>
#include <vector>

namespace suture::builder {

/// A file between source and what units read: the build makes it with a compiler (assembly with
/// offsets in it, a preprocessed file), and something that units read of it.
struct MadeFromHeaders {
  /// Relative to the source root.
  std::string file;
  /// All that was read for it, absolute.
  std::vector<std::string> inputs;
};

struct UnitsRequest {
  /// All outlive the call.
  const SourceTree &tree;
  const CompileCommandSource &source;
  const std::vector<RecordedCommand> &commands;
  std::vector<MadeFromHeaders> made = {};
  /// Changed files that are not read by a unit and yet are accounted for: the build makes something
  /// of them, which has been made anew.
  std::set<std::string> accounted = {};
};

struct UnitsResult {
  /// Units whose preprocessed tokens may differ, sorted by source and output. With no refusals
  /// either, there is nothing to patch, and `dismissed` says why.
  std::vector<Unit> units;
  /// Assembly units whose preprocessed tokens may differ, units that use a changed macro of the
  /// assembler (these may be among `units` too, for what else they see), and units of 32-bit code:
  /// only the assembler can tell whether their code differs.
  std::vector<Unit> assembly;
  /// Files of the request's `made` that may come out differently.
  std::vector<std::string> remade;
  /// Files and units that were looked at and left out.
  std::vector<DismissedUnit> dismissed;
  /// Assembly, linker scripts, build files, sources without a compile command.
  std::vector<Refusal> refusals;
};

/// Finds the units that see what the tree's diff changes.
UnitsResult findUnits(const UnitsRequest &request);

/// The same with the compile commands that the source names. Errors: as readCompileCommands().
llvm::Expected<UnitsResult> findUnits(const SourceTree &tree, const CompileCommandSource &source);

/// One line a unit, with the changed files that it sees; then what was left out and refused.
std::string dump(const UnitsResult &result);

} // namespace suture::builder
