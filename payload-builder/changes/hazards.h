// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is right by itself and may go wrong with what the running target holds: pointers into the
// payload, values that were stored, names that mean something else now.

#include "payload-builder/changes/unit_facts.h"
#include "payload-builder/support/change_set.h"
#include "payload-builder/support/refusal.h"

#include <set>
#include <string>
#include <vector>

namespace suture::builder {

/// Addresses of what the payload brings that functions which run from it hand to the target; sorted
/// by location. \param changedConstants  linkage names of constants with a new value.
std::vector<Escape> findEscapes(const UnitFacts &base, const UnitFacts &patched,
                                const std::set<std::string> &changedConstants);

/// A line for each enumerator that functions use and that has another value now.
std::vector<std::string> noteChangedValues(const UnitFacts &base, const UnitFacts &patched);

/// Lambdas whose name means another one now, while the target may hold pointers to them.
std::vector<Refusal> refuseRenumberedLambdas(const UnitFacts &base, const UnitFacts &patched);

} // namespace suture::builder
