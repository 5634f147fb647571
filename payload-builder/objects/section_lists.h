// SPDX-License-Identifier: Apache-2.0
#pragma once
// Lists that a linker puts together: each entry is a variable of its own, in a section that the
// source names, and code walks from the section's start to its end.

#include "payload-builder/objects/compared_unit.h"
#include "payload-builder/support/refusal.h"

#include <span>
#include <vector>

namespace suture::builder {

/// Refuses entries that are new, gone, or in another section than before: the running target's
/// lists stay as they are. Told by nobody's referring to them by name; entries that boot alone
/// reads are no concern here.
std::vector<Refusal> refuseChangedLists(std::span<const ComparedUnit> units);

} // namespace suture::builder
