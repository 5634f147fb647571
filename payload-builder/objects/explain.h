// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/changed_constants.h"
#include "payload-builder/objects/compare_pieces.h"
#include "payload-builder/objects/object_model.h"
#include "payload-builder/support/change_set.h"

#include <llvm/Support/Error.h>
#include <string>
#include <vector>

namespace suture::builder {

enum class WhyKind {
  /// The source of the function changed.
  ChangedItself,
  /// Another function was inlined into it, in either state.
  Inlines,
  /// The compiler made it from a function that changed.
  CloneOf,
  /// It refers to a constant object that changed.
  RefersToConstant,
  /// The compiler used what it knows of a changed function in the same unit: which registers it
  /// leaves alone, which values it returns, that it has no side effect.
  ReliesOn,
  /// The compiler made it for the calls that it gets, and one of its callers changed.
  SpecializedFor,
  /// It uses a type or a constant that changed, and whose value is part of its code.
  UsesDefinition,
};

/// Why a function's code changed.
struct Why {
  WhyKind kind = WhyKind::ChangedItself;
  /// Symbol names from the function (not included) to what changed in the source; of a clone that
  /// is specialized, the first is a caller's.
  std::vector<std::string> chain;
  /// Where the change in the source is.
  SourceLocation location;
  /// What changed there.
  std::string detail;
};

/// A function whose code differs between base and patched.
struct FunctionChange {
  PieceIndex base, patched;
  Why why;
};

struct Explanation {
  /// Sorted by symbol name.
  std::vector<FunctionChange> functions;
  /// Differences that nothing in the change set accounts for.
  std::vector<FunctionChange> unexplained;
};

struct ExplainRequest {
  /// All outlive the call.
  const ObjectModel &base;
  const ObjectModel &patched;
  const Comparison &comparison;
  /// Patched pieces: functions whose own code or whose cold part differs, sorted.
  const std::vector<PieceIndex> &differing;
  /// Patched pieces: named constants whose content differs.
  const std::vector<PieceIndex> &changedConstants;
  /// Those that units can refer to by name.
  const SharedConstants &sharedConstants;
  const UnitChanges &changes;
  const std::vector<LayoutChange> &layouts;
};

/// Errors: debug information that cannot be read.
llvm::Expected<Explanation> explain(const ExplainRequest &request);

/// `inlines vpmask_set, changed at viridian.c:562 (body)`: one line, names demangled.
std::string toString(const Why &why);

/// `inlines`, `clone-of`, ...: stable, for JSON.
std::string_view kindName(WhyKind kind);

} // namespace suture::builder
