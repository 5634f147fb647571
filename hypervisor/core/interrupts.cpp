// SPDX-License-Identifier: Apache-2.0
// What every vector ends in. The loop takes interrupts only where it says so; they leave a note for
// it and are done. NMI and machine check come at any time, on stacks of their own, and touch
// nothing but counters.

#include "hypervisor/core/hypervisor.h"
#include "hypervisor/core/panic.h"
#include "hypervisor/core/unpatchable.h"
#include "hypervisor/x86/entry_points.h"
#include "hypervisor/x86/instructions.h"
#include "hypervisor/x86/registers.h"

namespace suture::hv {
namespace {

/// Clears what the banks report. True when the program that was interrupted can go on: RIPV is set,
/// and no bank says that its context is corrupt (PCC). APM vol.2 9.3.2, 9.5.
SUTURE_UNPATCHABLE bool recoverMachineCheck(Cpu &cpu) {
  constexpr uint64_t restartIpValid = 1;
  constexpr uint64_t bankCountMask = 0xff;
  constexpr uint64_t valid = uint64_t{1} << 63;
  constexpr uint64_t contextCorrupt = uint64_t{1} << 57;
  constexpr uint32_t msrsPerBank = 4;
  bool canGoOn = (x86::readMsr(x86::msr::mcgStatus) & restartIpValid) != 0;
  const auto banks = static_cast<uint32_t>(x86::readMsr(x86::msr::mcgCap) & bankCountMask);
  for (uint32_t bank = 0; bank < banks; ++bank) {
    const uint64_t status = x86::readMsr(x86::msr::mc0Status + msrsPerBank * bank);
    if ((status & valid) == 0)
      continue;
    canGoOn = canGoOn && (status & contextCorrupt) == 0;
    cpu.lastMachineCheck.store(status, std::memory_order_relaxed);
    x86::writeMsr(x86::msr::mc0Status + msrsPerBank * bank, 0);
  }
  cpu.machineChecks.fetch_add(1, std::memory_order_relaxed);
  // Another machine check before this would be a shutdown.
  x86::writeMsr(x86::msr::mcgStatus, 0);
  return canGoOn;
}

} // namespace
} // namespace suture::hv

SUTURE_UNPATCHABLE void interruptEntry(suture::hv::x86::Frame *frame) {
  namespace vector = suture::hv::x86::vector;
  suture::hv::Cpu &cpu = suture::hv::currentCpu();
  switch (frame->vector) {
  case vector::nmi:
    cpu.nmis.fetch_add(1, std::memory_order_relaxed);
    return;
  case vector::machineCheck:
    if (!suture::hv::recoverMachineCheck(cpu))
      suture::hv::panicOnException(*frame);
    return;
  case vector::timer:
  case vector::kick:
    // That the guest or the sleep has ended is all they are for.
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
