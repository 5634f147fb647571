// SPDX-License-Identifier: Apache-2.0
#pragma once
// Variables that take the place of others.

#include "payload-builder/objects/compared_unit.h"
#include "payload-builder/support/refusal.h"

#include <span>
#include <vector>

namespace suture::builder {

/// Refuses variables that are new, and that a function uses from now on where it used one of the
/// same size that is gone: most likely that one, under another name. The running target has a value
/// in the old one, and the new one would start from its initial value.
std::vector<Refusal> refuseReplacedData(std::span<const ComparedUnit> units);

} // namespace suture::builder
