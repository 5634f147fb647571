// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/core/loop.h"

#include "hypervisor/core/hypervisor.h"
#include "hypervisor/core/turn.h"
#include "hypervisor/core/unpatchable.h"
#include "hypervisor/livepatch/livepatch.h"

SUTURE_UNPATCHABLE void cpuLoop(suture::hv::Cpu *cpu) {
  for (;;) {
    // Code may have changed: nothing of the stack so far is gone back to.
    if (cpu->hypervisor->livepatch->safePoint(*cpu))
      enterLoop(cpu);
    suture::hv::takeTurn(*cpu);
  }
}
