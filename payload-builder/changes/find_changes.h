// SPDX-License-Identifier: Apache-2.0
#pragma once
// The third stage: what a diff changes in meaning.

#include "payload-builder/changes/compare_units.h"
#include "payload-builder/support/change_set.h"
#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"

#include <llvm/Support/Error.h>
#include <span>
#include <string>
#include <string_view>

namespace suture::builder {

/// Compares what the two states of each unit mean.
/// Errors: a state that does not compile, with the compiler's messages.
llvm::Expected<ChangeSet> findChanges(const SourceTree &tree, std::span<const Unit> units,
                                      const ChangesOptions &options = {});

/// `function body`, `variable added`, ...
std::string_view kindName(ChangeKind kind);

/// `x.c:12:5: the address of tick is passed to init_timer by start`.
std::string toString(const Escape &escape);

/// One line a change, by unit; then layouts with their fields, units left out, refusals.
std::string dump(const ChangeSet &changes);

} // namespace suture::builder
