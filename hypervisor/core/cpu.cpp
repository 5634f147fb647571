// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/core/cpu.h"

#include "hypervisor/x86/entry_points.h"
#include "hypervisor/x86/instructions.h"
#include "hypervisor/x86/registers.h"

namespace suture::hv {
namespace {

uint8_t interruptStackOf(size_t vector) {
  switch (vector) {
  case x86::vector::nmi:
    return x86::ist::nmi;
  case x86::vector::doubleFault:
    return x86::ist::doubleFault;
  case x86::vector::machineCheck:
    return x86::ist::machineCheck;
  default: // a plain number, not a closed set
    return x86::ist::none;
  }
}

/// One IDT for all CPUs; each fills it with the same bytes.
constinit std::array<x86::InterruptGate, 256> gates{};

} // namespace

void Cpu::activate() {
  self = this;
  for (size_t i = 0; i < gates.size(); ++i)
    gates[i] = x86::InterruptGate::to(vectorEntries[i], interruptStackOf(i));
  descriptors.load(interruptStackTops, gates);
  // After load(), which clears GS.
  x86::writeMsr(x86::msr::gsBase, reinterpret_cast<uint64_t>(this));
  x86::writeCr4(x86::readCr4() | x86::cr4::machineCheckEnable | x86::cr4::osFxsr);
}

} // namespace suture::hv
