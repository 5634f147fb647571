// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/changes/unit_facts.h"
#include "payload-builder/support/change_set.h"

namespace suture::builder {

/// Static locals of C of which both states have one of that name, in one and the same function.
SoleStatics soleStatics(const UnitFacts &base, const UnitFacts &patched);

} // namespace suture::builder
