// SPDX-License-Identifier: Apache-2.0
#pragma once
// A payload has no global offset table: what would load an address from one takes it directly.

#include "payload-builder/plan/plan.h"

#include <cstdint>

namespace suture::builder {

/// Whether relocations of a type (R_X86_64_*) ask for an entry of a global offset table.
bool isGot(uint32_t type);

/// `mov sym@GOTPCREL(%rip), %reg` becomes `lea sym(%rip), %reg`; `call *sym@GOTPCREL(%rip)` becomes
/// `addr32 call sym`. Source: System V psABI x86-64, B.2. False for other instructions, which stay
/// as they are. \param reference  of the chunk's, its offset within it; its type is set.
bool relaxGotLoad(Chunk &chunk, PlannedReference &reference);

} // namespace suture::builder
