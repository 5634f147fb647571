// SPDX-License-Identifier: Apache-2.0
#pragma once
// Each CPU's loop: a safe point, then one turn of a guest or one sleep, for ever. At the safe point
// no frame of patchable code is on the stack; the loop itself cannot be patched.

#include "hypervisor/core/cpu.h"

extern "C" {
/// Enters the loop on the calling CPU; the stack is abandoned. Interrupts off.
[[noreturn]] void enterLoop(suture::hv::Cpu *cpu);
/// Only for enterLoop().
[[noreturn]] void cpuLoop(suture::hv::Cpu *cpu);
}
