// SPDX-License-Identifier: Apache-2.0
#pragma once
// One turn of a CPU's loop.

#include "hypervisor/core/cpu.h"

namespace suture::hv {

/// Does what is due, then runs one guest until it exits, or sleeps until an interrupt.
/// Context: from the loop, interrupts off; nothing of it stays on the stack.
void takeTurn(Cpu &cpu);

} // namespace suture::hv
