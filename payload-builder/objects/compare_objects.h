// SPDX-License-Identifier: Apache-2.0
#pragma once
// The fourth stage: base and patched object of each affected unit, made by the target's own
// compiler, and what differs between them.

#include "payload-builder/objects/compare_pieces.h"
#include "payload-builder/objects/explain.h"
#include "payload-builder/objects/object_model.h"
#include "payload-builder/objects/unit_compiler.h"
#include "payload-builder/support/change_set.h"

#include <functional>
#include <llvm/Support/Error.h>
#include <set>
#include <string>
#include <vector>

namespace suture::builder {

/// A function of a section that is gone after boot (`.init.text`), and differs.
struct BootFunction {
  PieceIndex base;
  /// Where its source changed; the unit alone where it did not.
  SourceLocation location;
  /// The changed constant that it refers to; "": that is not why it differs.
  std::string constant;
};

/// One unit, compiled in both states.
struct UnitObjects {
  UnitChanges changes;
  ObjectModel base, patched;
  /// The base is the object that the build left; pieces need not have sections of their own in it.
  bool isBuiltBase = false;
  Comparison comparison = {};
  /// Functions that differ, sorted by symbol name; cold parts count as their function. What may not
  /// be patched is refused in the plan.
  std::vector<FunctionChange> functions = {};
  /// Functions that differ and are gone since boot, each by where it was, sorted by symbol name.
  std::vector<BootFunction> bootFunctions = {};
  /// Patched pieces of named constants whose value differs.
  std::vector<PieceIndex> changedConstants = {};
  /// Changed constants of other units that code or data of this one refers to, by symbol name.
  std::set<std::string> readConstants = {};
  /// Patched pieces of writable data whose initial value or size differs.
  std::vector<PieceIndex> changedData = {};
};

struct ObjectsRequest {
  const SourceTree &tree;
  const ChangeSet &changes;
  /// Has, or makes, the objects of the change set's units.
  UnitCompiler &compiler;
  /// Gives all units of the target. Called only where a constant changes that other units can refer
  /// to; those that do are compiled and compared, too.
  std::function<llvm::Expected<std::vector<Unit>>()> allUnits;
};

struct ObjectsResult {
  /// In the order of ChangeSet::units, behind them readers of changed constants; units whose
  /// objects are the same are in dismissed instead.
  std::vector<UnitObjects> units;
  std::vector<DismissedUnit> dismissed;
  /// Definitions that moved from one unit to another, by symbol name: what speaks against one is
  /// refused here.
  std::set<std::string, std::less<>> moved;
  /// What the user should know, one sentence each.
  std::vector<std::string> notes;
  std::vector<Refusal> refusals;
};

/// Compiles what is not yet compiled, and compares; units in parallel.
/// Errors: as UnitCompiler.
llvm::Expected<ObjectsResult> compareObjects(const ObjectsRequest &request);

/// Each unit with its differing functions and why, one a line.
std::string dump(const ObjectsResult &result);

} // namespace suture::builder
