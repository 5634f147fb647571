// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/core/hypervisor.h"

#include "hypervisor/x86/registers.h"

namespace suture::hv {

void Hypervisor::kick(const Cpu &cpu) const { apic.sendIpi(cpu.apicId, x86::vector::kick); }
void Hypervisor::kickOthers() const { apic.sendIpiToOthers(x86::vector::kick); }

void Hypervisor::consoleHasWork() {
  // Asked for twice before it was done, once is enough.
  if (!consoleWork.exchange(true, std::memory_order_acq_rel) && currentCpu().index != 0)
    kick(*cpuTable[0]);
}

} // namespace suture::hv
