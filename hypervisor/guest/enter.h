// SPDX-License-Identifier: Apache-2.0
#pragma once
// One turn of a virtual CPU.

#include "hypervisor/core/cpu.h"
#include "hypervisor/guest/vcpu.h"

namespace suture::hv {

/// Runs the virtual CPU until it exits, takes the interrupts that are pending then, and handles the
/// exit. Context: interrupts off.
void runVcpu(Cpu &cpu, Vcpu &vcpu);

} // namespace suture::hv
