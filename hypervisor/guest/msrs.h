// SPDX-License-Identifier: Apache-2.0
#pragma once
// MSRs that guests do not have to themselves: a few are emulated, the rest do not exist (#GP).

#include "hypervisor/core/cpu.h"
#include "hypervisor/guest/vcpu.h"

namespace suture::hv {

void handleMsr(Cpu &cpu, Vcpu &vcpu);

} // namespace suture::hv
