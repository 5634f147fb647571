// SPDX-License-Identifier: Apache-2.0
#pragma once
// The machine code that a patch writes.

#include "runtime/load/functions.h"

namespace suture {

/// Fills function.patch: `E9 rel32` to function.newAddress, or NOPs for a NOP patch.
/// Precondition: planSite() accepted the function.
void encodePatch(PatchedFunction &function) noexcept;

} // namespace suture
