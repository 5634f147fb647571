// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/vcpu.h"

namespace suture::hv {

void Vcpu::timerDue() { requestInterrupt(timerVector); }

void Vcpu::requestInterrupt(uint8_t vector) {
  pendingInterrupt = vector;
  if (scheduling.state == RunState::Waiting)
    scheduling.state = RunState::Ready;
}

} // namespace suture::hv
