// SPDX-License-Identifier: Apache-2.0
#pragma once
// The third stage: what a diff changes in meaning.

#include "payload-builder/changes/facts_cache.h"
#include "payload-builder/support/change_set.h"
#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"

#include <functional>
#include <llvm/Support/Error.h>
#include <span>
#include <string>
#include <string_view>

namespace suture::builder {

struct ChangesOptions {
  /// Of base units; nullptr: each is parsed.
  FactsCache *cache = nullptr;
  /// Called as units are done, from any thread but never twice at a time; may be empty.
  std::function<void(size_t done, size_t all)> progress = {};
};

/// Parses every unit in both states and compares them.
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
