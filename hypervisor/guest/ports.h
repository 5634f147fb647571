// SPDX-License-Identifier: Apache-2.0
#pragma once
// Port I/O of guests: the serial port; everything else reads as ones, and ignores writes.

#include "hypervisor/core/cpu.h"
#include "hypervisor/guest/vcpu.h"

namespace suture::hv {

void handlePort(Cpu &cpu, Vcpu &vcpu);

} // namespace suture::hv
