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

uint64_t sumOver(const Hypervisor &hypervisor, std::atomic<uint64_t> Cpu::*counter) {
  uint64_t sum = 0;
  for (const Cpu *cpu : hypervisor.cpus())
    sum += (cpu->*counter).load(std::memory_order_relaxed);
  return sum;
}

void logMemory(const Hypervisor &hypervisor) {
  log("memory: {} pages free, {} bytes of heap and {} pages of payload memory in use",
      hypervisor.pages.freePages(), hypervisor.heap.used(), hypervisor.livepatch->payloadPages());
}

/// NMIs and machine checks are counted where they happen, and told here. An NMI is how an operator
/// asks whether anybody is there: the answer has the state of memory.
void reportEvents(Hypervisor &hypervisor) {
  const uint64_t nmis = sumOver(hypervisor, &Cpu::nmis);
  const uint64_t machineChecks = sumOver(hypervisor, &Cpu::machineChecks);
  if (nmis != hypervisor.nmisReported) {
    hypervisor.nmisReported = nmis;
    log("NMI: {} so far", nmis);
    logMemory(hypervisor);
  }
  if (machineChecks != hypervisor.machineChecksReported) {
    hypervisor.machineChecksReported = machineChecks;
    log("machine check: {} so far, all recovered from", machineChecks);
    for (const Cpu *cpu : hypervisor.cpus())
      if (const uint64_t status = cpu->lastMachineCheck.load(std::memory_order_relaxed))
        log("  CPU {}: last status {x16}", cpu->index, status);
  }
}

/// Moves what guests and the control client have to say or to hear.
void serveConsoles(Hypervisor &hypervisor) {
  if (!hypervisor.hasSerial)
    return Consoles::drop(hypervisor.guests());
  hypervisor.serial.processEvents();
  hypervisor.livepatch->serve(hypervisor.serial);
  Consoles::serve(hypervisor.serial, hypervisor.guests());
}

[[noreturn]] void powerOff(Hypervisor &hypervisor) {
  serveConsoles(hypervisor);
  logMemory(hypervisor);
  log("suture-hv: powering off");
  hypervisor.power.off();
  log("suture-hv: firmware gave no way to power off; halting");
  x86::halt();
}

/// What only CPU 0 does; returns when it wants to do it again, in TSC ticks.
uint64_t serveMachine(Hypervisor &hypervisor) {
  const uint64_t now = x86::rdtsc();
  if (now >= hypervisor.nextButtonPoll) {
    reportEvents(hypervisor);
    if (hypervisor.power.buttonPressed())
      powerOff(hypervisor);
    hypervisor.nextButtonPoll = now + hypervisor.clock.toTicks(buttonPollNs);
  }
  // Pairs with the release of who asked: what there is to do is seen.
  if (hypervisor.consoleWork.exchange(false, std::memory_order_acq_rel))
    serveConsoles(hypervisor);
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
