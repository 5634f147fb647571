// SPDX-License-Identifier: Apache-2.0
// What every vector ends in. The loop takes interrupts only where it says so; they leave a note for
// it and are done. NMI and machine check come at any time, on stacks of their own, and touch
// nothing but counters.

#include "hypervisor/core/hypervisor.h"
#include "hypervisor/core/panic.h"
#include "hypervisor/core/unpatchable.h"
#include "hypervisor/x86/entry_points.h"
#include "hypervisor/x86/registers.h"

SUTURE_UNPATCHABLE void interruptEntry(suture::hv::x86::Frame *frame) {
  namespace vector = suture::hv::x86::vector;
  suture::hv::Cpu &cpu = suture::hv::currentCpu();
  switch (frame->vector) {
  case vector::nmi:
    cpu.nmis.fetch_add(1, std::memory_order_relaxed);
    return;
  case vector::timer:
    cpu.timerFired.store(true, std::memory_order_relaxed);
    break;
  case vector::kick:
    cpu.kicks.fetch_add(1, std::memory_order_relaxed);
    break;
  case vector::device:
    cpu.hypervisor->consoleWork.store(true, std::memory_order_release);
    break;
  case vector::spurious:
    // No end of interrupt (APM vol.2 16.4.7).
    return;
  default: // a plain number, not a closed set
    suture::hv::panicOnException(*frame);
  }
  cpu.hypervisor->apic.endOfInterrupt();
}
