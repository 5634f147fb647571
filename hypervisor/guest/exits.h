// SPDX-License-Identifier: Apache-2.0
#pragma once
// What made a guest exit, and what is done about it.

#include "hypervisor/core/cpu.h"
#include "hypervisor/guest/vcpu.h"

namespace suture::hv {

/// Handles the exit that the VMCB tells of. Context: the CPU that the virtual CPU is pinned to,
/// interrupts off.
void handleExit(Cpu &cpu, Vcpu &vcpu);

} // namespace suture::hv
