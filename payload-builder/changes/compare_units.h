// SPDX-License-Identifier: Apache-2.0
#pragma once
// Units, each in both states, and in what order.

#include "payload-builder/changes/compare_facts.h"
#include "payload-builder/changes/facts_cache.h"
#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace suture::builder {

struct ChangesOptions {
  /// Of base units; nullptr: each is parsed.
  FactsCache *cache = nullptr;
  /// Called as units are done, from any thread but never twice at a time; may be empty.
  std::function<void(size_t done, size_t all)> progress = {};
  /// Of units that see changed headers alone: whether the patched state of each gives the object
  /// that the target was built from. Such a unit needs no parse; it is asked only of many units,
  /// and only where no layout changes. May be empty. `done` is called as units are done, as
  /// progress.
  std::function<std::vector<char>(std::span<const Unit> units, const std::function<void()> &done)>
      givesBuiltObject = {};
  /// More units than this are many.
  size_t manyUnits = 8;
};

/// What became of a unit.
struct UnitOutcome {
  FactsDifference difference;
  /// The compiler's messages, if a state does not compile.
  std::string errors;
  /// Why it was not compared; "": it was.
  std::string leftOut;
  /// Of such a unit: by type, its uses of layouts that change.
  std::vector<std::pair<std::string, LayoutUse>> uses;
};

/// Compares units in both states. \param outcomes  one for each unit, in their order.
/// Returns the processor seconds that parsing took.
double compareUnits(const SourceTree &tree, std::span<const Unit> units,
                    const ChangesOptions &options, std::vector<UnitOutcome> &outcomes);

} // namespace suture::builder
