// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/core/turn.h"

#include "hypervisor/core/hypervisor.h"
#include "hypervisor/log/log.h"
#include "hypervisor/x86/instructions.h"

#include <algorithm>

namespace suture::hv {
namespace {

constexpr uint64_t buttonPollNs = 50'000'000;

/// Arms the timer for a moment in TSC ticks, or stops it.
void armTimer(const Hypervisor &hypervisor, uint64_t at) {
  if (at == never)
    return hypervisor.apic.startTimer(0);
  const uint64_t now = x86::rdtsc();
  const uint64_t wait = at > now ? std::min(at - now, uint64_t{1} << 31) : 0;
  const uint64_t ticks = wait * hypervisor.apicTicksPerTsc32 >> 32;
  // 0 would stop the timer.
  hypervisor.apic.startTimer(static_cast<uint32_t>(std::clamp<uint64_t>(ticks, 1, ~uint32_t{0})));
}

[[noreturn]] void powerOff(const Hypervisor &hypervisor) {
  log("suture-hv: powering off");
  hypervisor.power.off();
  log("suture-hv: firmware gave no way to power off; halting");
  x86::halt();
}

} // namespace

void takeTurn(Cpu &cpu) {
  Hypervisor &hypervisor = *cpu.hypervisor;
  uint64_t wakeAt = never;
  if (cpu.index == 0) {
    if (hypervisor.power.buttonPressed())
      powerOff(hypervisor);
    wakeAt = x86::rdtsc() + hypervisor.clock.toTicks(buttonPollNs);
  }
  armTimer(hypervisor, wakeAt);
  x86::waitForInterrupt();
}

} // namespace suture::hv
