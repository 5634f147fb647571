// SPDX-License-Identifier: Apache-2.0
#pragma once
// Two states of a unit against each other.

#include "payload-builder/changes/unit_facts.h"
#include "payload-builder/support/source_tree.h"

#include <set>
#include <string>

namespace suture::builder {

/// A record whose layout differs, as one unit sees it.
struct UnitLayoutChange {
  LayoutChange change;
  /// Something that the target has (a function, a variable) depends on it.
  bool usedByTarget = false;
  /// Only the vtable differs.
  bool vtableOnly = false;
};

struct FactsDifference {
  /// Sorted by location, then name.
  std::vector<Change> changes;
  std::vector<UnitLayoutChange> layouts;
  std::vector<Refusal> refusals;
  /// Sorted by location, each once.
  std::vector<Escape> escapes;
  /// As UnitChanges has them.
  std::vector<std::string> notes;
  CallsToChanged calls;
  SoleStatics soleStatics;
};

/// What is different in meaning. \param tree  for the lines that changed within a function.
FactsDifference compareFacts(const SourceTree &tree, const UnitFacts &base,
                             const UnitFacts &patched);

/// What code and data of the target make of a record whose layout changes, from the base alone.
struct LayoutUse {
  /// Functions that depend on the layout, by name.
  std::set<std::string> users;
  /// Something that the target has depends on it, or on a record that it is a part of.
  bool usedByTarget = false;
};
LayoutUse layoutUse(const UnitFacts &base, const std::string &record);

} // namespace suture::builder
