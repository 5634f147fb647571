// SPDX-License-Identifier: Apache-2.0
#pragma once
// What each CPU has of its own. GS points to it.

#include "hypervisor/guest/run_queue.h"
#include "hypervisor/lib/address.h"
#include "hypervisor/svm/processor.h"
#include "hypervisor/x86/descriptors.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace suture::hv {

class Hypervisor;

struct Cpu {
  /// Where GS points: this very object. Set by activate().
  Cpu *self = nullptr;
  /// Top of the CPU's one stack; the loop starts there each time it is entered.
  uint64_t stackTop = 0;
  Hypervisor *hypervisor = nullptr;

  uint32_t index = 0;
  uint32_t apicId = 0;
  /// This CPU's top-level page table.
  HvPhys root;
  std::array<uint64_t, x86::ist::count> interruptStackTops{};
  x86::DescriptorTables descriptors;

  /// The CPU is up and in its loop.
  std::atomic<bool> online{false};
  /// Counted in the handlers, reported by the loop.
  std::atomic<uint64_t> nmis{0};
  std::atomic<uint64_t> machineChecks{0};
  /// MCi_STATUS of the last one.
  std::atomic<uint64_t> lastMachineCheck{0};

  /// The Hypervisor::tlbGeneration for which this CPU has dropped its TLB entries.
  std::atomic<uint64_t> tlbGeneration{0};

  svm::Processor svm;
  RunQueue queue;
  /// Whose x87, SSE and debug registers this CPU holds.
  Vcpu *loaded = nullptr;

  /// Makes this the calling CPU's own: GS, descriptor tables.
  void activate();
};
static_assert(offsetof(Cpu, self) == 0, "currentCpu() reads it through GS");

/// The calling CPU. Context: after activate().
inline Cpu &currentCpu() {
  Cpu *cpu;
  asm volatile("movq %%gs:0, %0" : "=r"(cpu));
  return *cpu;
}

} // namespace suture::hv
