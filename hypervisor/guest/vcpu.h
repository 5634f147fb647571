// SPDX-License-Identifier: Apache-2.0
#pragma once
// A virtual CPU: its VMCB, the registers that the VMCB does not hold, and what it waits for.

#include "hypervisor/guest/run_queue.h"
#include "hypervisor/guest/vm.h"
#include "hypervisor/svm/vmcb.h"
#include "hypervisor/svm/world_switch.h"

#include <array>
#include <optional>

namespace suture::hv {

/// x87 and SSE state as FXSAVE lays it out (APM vol.2 11.4.4).
struct alignas(16) FpuState {
  std::array<std::byte, 512> bytes{};
};

struct Vcpu final {
  Vcpu(Vm &owner, svm::Vmcb &block) : vm{owner}, vmcb{block} {}

  /// Its timer is due: the interrupt is pending, and it runs again.
  void timerDue();
  /// Makes an interrupt pending; one at a time, a second one of the same vector is the same.
  void requestInterrupt(uint8_t vector);

  Vm &vm;
  svm::Vmcb &vmcb;
  svm::GuestRegisters registers{};
  FpuState fpu;
  std::array<uint64_t, 4> debugAddresses{};
  Scheduling<Vcpu> scheduling;

  /// Number within its guest.
  uint32_t index = 0;
  /// Vector that the timer raises.
  uint8_t timerVector = 0;
  std::optional<uint8_t> pendingInterrupt;
  /// Has not run since it was made: its ASID is to be flushed.
  bool fresh = true;
};

} // namespace suture::hv
