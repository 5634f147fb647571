// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/core/turn.h"

#include "hypervisor/console/consoles.h"
#include "hypervisor/core/hypervisor.h"
#include "hypervisor/guest/enter.h"
#include "hypervisor/livepatch/livepatch.h"
#include "hypervisor/log/log.h"
#include "hypervisor/x86/instructions.h"

#include <algorithm>

namespace suture::hv {
namespace {

constexpr uint64_t buttonPollNs = 50'000'000;
/// How long a virtual CPU runs while another one waits for the same CPU.
constexpr uint64_t sliceNs = 10'000'000;

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

/// What only CPU 0 does; returns when it wants to do it again, in TSC ticks.
uint64_t serveMachine(Hypervisor &hypervisor) {
  const uint64_t now = x86::rdtsc();
  if (now >= hypervisor.nextButtonPoll) {
    if (hypervisor.power.buttonPressed())
      powerOff(hypervisor);
    hypervisor.nextButtonPoll = now + hypervisor.clock.toTicks(buttonPollNs);
  }
  // Pairs with the release of who asked: what there is to do is seen.
  if (hypervisor.consoleWork.exchange(false, std::memory_order_acq_rel)) {
    if (hypervisor.hasSerial) {
      hypervisor.serial.processEvents();
      hypervisor.livepatch->serve(hypervisor.serial);
      Consoles::serve(hypervisor.serial, hypervisor.guests());
    } else {
      Consoles::drop(hypervisor.guests());
    }
  }
  return std::min(hypervisor.nextButtonPoll, hypervisor.livepatch->deadlineTicks());
}

} // namespace

void takeTurn(Cpu &cpu) {
  Hypervisor &hypervisor = *cpu.hypervisor;
  uint64_t wakeAt = cpu.index == 0 ? serveMachine(hypervisor) : never;
  const uint64_t now = x86::rdtsc();
  cpu.queue.fireTimers(now);
  wakeAt = std::min(wakeAt, cpu.queue.nextTimer());
  Vcpu *vcpu = cpu.queue.pick();
  if (vcpu != nullptr && cpu.queue.ready() > 1)
    wakeAt = std::min(wakeAt, now + hypervisor.clock.toTicks(sliceNs));
  armTimer(hypervisor, wakeAt);
  if (vcpu != nullptr)
    runVcpu(cpu, *vcpu);
  else
    x86::waitForInterrupt();
}

} // namespace suture::hv
