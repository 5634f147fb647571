// SPDX-License-Identifier: Apache-2.0
#pragma once
// Other CPUs: their memory, and waking them.

#include "hypervisor/core/hypervisor.h"

namespace suture::hv {

/// Memory, stacks and page table for one CPU, entered in hypervisor.cpuTable. Panics when there is
/// no memory: a hypervisor without its CPUs is of no use.
Cpu &makeCpu(Hypervisor &hypervisor, uint32_t apicId);

/// Starts every CPU of the table but the first, one after the other (APM vol.2 16.5, 14.7.2: INIT,
/// 10 ms, STARTUP, and STARTUP again where it did not help). Panics when one does not come up
/// within 30 s.
/// \param entry  called on each CPU, on its own stack and page table, with its Cpu.
void startOtherCpus(Hypervisor &hypervisor, uint16_t pmTimer, void (*entry)(Cpu *));

} // namespace suture::hv
