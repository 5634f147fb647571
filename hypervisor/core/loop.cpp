// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/core/loop.h"

#include "hypervisor/core/turn.h"
#include "hypervisor/core/unpatchable.h"

SUTURE_UNPATCHABLE void cpuLoop(suture::hv::Cpu *cpu) {
  for (;;)
    suture::hv::takeTurn(*cpu);
}
