// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which functions lead to changed ones.

#include "payload-builder/changes/unit_facts.h"
#include "payload-builder/support/change_set.h"

#include <span>

namespace suture::builder {

/// Of all functions that the unit has in either state.
CallsToChanged callsToChanged(const UnitFacts &base, const UnitFacts &patched,
                              std::span<const Change> changes);

} // namespace suture::builder
