// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a change to a header reaches through other headers.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"
#include "payload-builder/units/changed_names.h"
#include "payload-builder/units/shared_declarations.h"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace suture::builder {

/// Names (all in one place) and lines by header, the changed ones among them; and what a unit has
/// to see as it was seen here, if it reads those files and sees anything there.
struct ReachedNames {
  std::map<std::string, ChangedNames> headers;
  std::vector<WatchedDeclaration> watched;
};

/// Adds to the changed declarations those, in headers that several units see, that can tell the
/// change: with names and lines of their own, so that what mentions a changed name there is no
/// mention by all who see the header, but only by those who use it.
/// \param changes  by header; all complete.
/// Returns `changes` as it is where not all units are C or assembly, or where the change reaches
/// too far.
ReachedNames reachedNames(const SourceTree &tree,
                          const std::map<std::string, ChangedNames> &changes,
                          std::span<const UnitInputs> units, TokenWatch &watch);

/// What is watched of a unit's inputs: absolute paths.
std::vector<WatchedDeclaration> watchedIn(const SourceTree &tree, const ReachedNames &reached,
                                          std::span<const std::string> inputs);

} // namespace suture::builder
