// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/changed_constants.h"
#include "payload-builder/objects/compare_pieces.h"
#include "payload-builder/objects/object_model.h"
#include "payload-builder/objects/why.h"
#include "payload-builder/support/change_set.h"

#include <llvm/Support/Error.h>
#include <string>
#include <vector>

namespace suture::builder {

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
  /// What the base inlined was asked for, and the base has no debug information.
  bool lacksInlining = false;
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

} // namespace suture::builder
