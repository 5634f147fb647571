// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/core/smp.h"

#include "hypervisor/boot/trampoline.h"
#include "hypervisor/core/memory_setup.h"
#include "hypervisor/core/panic.h"
#include "hypervisor/x86/instructions.h"

#include <cstring>
#include <new>

namespace suture::hv {
namespace {

constexpr uint64_t initDelayNs = 10'000'000;
constexpr uint64_t secondStartupNs = 200'000'000;
constexpr uint64_t giveUpNs = 30'000'000'000;

/// 2^order pages. Loading a payload takes some 20 KiB of stack: the texts of its errors lie there.
constexpr unsigned loopStackOrder = 4;
constexpr unsigned interruptStackOrder = 2;

uint64_t makeStack(Hypervisor &hypervisor, unsigned order) {
  auto top = hypervisor.memory.makeStack(hypervisor.pages, order);
  if (!top)
    panic("no memory for a stack");
  return top->value;
}

TrampolineParameters &parameters() {
  return *layout::direct<TrampolineParameters>(trampolinePage + pageSize);
}

/// Copies the code, then takes every right to write to it away.
void prepareTrampoline(AddressSpace &memory) {
  std::memcpy(layout::direct<void>(trampolinePage), trampolineStart,
              static_cast<size_t>(trampolineEnd - trampolineStart));
  const HvVirt alias = layout::directMap + trampolinePage.value;
  const HvVirt code{trampolinePage.value};
  if (!memory.protect(alias, pageSize, Access::ReadOnly) ||
      !memory.map(code, trampolinePage, pageSize, Access::ReadExecute) ||
      !memory.map(code + pageSize, trampolinePage + pageSize, pageSize, Access::ReadOnly))
    panic("cannot map the page where CPUs start");
  x86::flushTlb();
}

void removeTrampoline(Hypervisor &hypervisor) {
  AddressSpace &memory = hypervisor.memory;
  if (!memory.unmap({trampolinePage.value}, 2 * pageSize) ||
      !memory.protect(layout::directMap + trampolinePage.value, pageSize, Access::ReadWrite))
    panic("cannot unmap the page where CPUs started");
  // This CPU forgets it now, the others at their next safe point.
  x86::flushTlb();
  hypervisor.tlbGeneration.fetch_add(1, std::memory_order_release);
  hypervisor.kickOthers();
}

void fillParameters(const Cpu &cpu, void (*entry)(Cpu *)) {
  const auto page = static_cast<uint32_t>(trampolinePage.value);
  const auto gdt = static_cast<uint32_t>(page + pageSize + offsetof(TrampolineParameters, gdt));
  parameters() = {
      .gdtLimit = sizeof(TrampolineParameters::gdt) - 1,
      .gdtBaseLow = static_cast<uint16_t>(gdt),
      .gdtBaseHigh = static_cast<uint16_t>(gdt >> 16),
      .padding = 0,
      .farOffset = page + static_cast<uint32_t>(trampolineLongMode - trampolineStart),
      .farSelector = x86::selector::code,
      .root = cpu.root.value,
      .stackTop = cpu.stackTop,
      .entry = reinterpret_cast<uint64_t>(entry),
      .argument = reinterpret_cast<uint64_t>(&cpu),
      .gdt = {0, 0x00209b0000000000, 0x0000930000000000},
  };
}

bool waitUntilOnline(const Hypervisor &hypervisor, const Cpu &cpu, uint64_t ns) {
  const uint64_t end = hypervisor.clock.nowNs() + ns;
  while (!cpu.online.load(std::memory_order_acquire)) {
    if (hypervisor.clock.nowNs() > end)
      return false;
    x86::pause();
  }
  return true;
}

bool startCpu(const Hypervisor &hypervisor, const Cpu &cpu, uint16_t pmTimer) {
  hypervisor.apic.sendInit(cpu.apicId);
  x86::waitOnPmTimer(pmTimer, initDelayNs);
  hypervisor.apic.sendStartup(cpu.apicId, trampolinePage);
  if (waitUntilOnline(hypervisor, cpu, secondStartupNs))
    return true;
  hypervisor.apic.sendStartup(cpu.apicId, trampolinePage);
  return waitUntilOnline(hypervisor, cpu, giveUpNs);
}

} // namespace

Cpu &makeCpu(Hypervisor &hypervisor, uint32_t apicId) {
  auto memory = hypervisor.pages.allocate(PageAllocator::orderFor(sizeof(Cpu)));
  if (!memory)
    panic("no memory for a CPU");
  auto *cpu = new (layout::direct<void>(*memory)) Cpu;
  auto root = hypervisor.memory.makeCpuRoot();
  if (!root)
    panic("no memory for a page table");
  cpu->hypervisor = &hypervisor;
  cpu->index = static_cast<uint32_t>(hypervisor.cpuCount);
  cpu->apicId = apicId;
  cpu->root = *root;
  cpu->stackTop = makeStack(hypervisor, loopStackOrder);
  for (uint64_t &top : cpu->interruptStackTops)
    top = makeStack(hypervisor, interruptStackOrder);
  hypervisor.cpuTable[hypervisor.cpuCount++] = cpu;
  return *cpu;
}

void startOtherCpus(Hypervisor &hypervisor, uint16_t pmTimer, void (*entry)(Cpu *)) {
  prepareTrampoline(hypervisor.memory);
  for (const Cpu *cpu : hypervisor.cpus().subspan(1)) {
    fillParameters(*cpu, entry);
    // A CPU that is late could start with the next one's parameters: there is no going on.
    if (!startCpu(hypervisor, *cpu, pmTimer))
      panic("the CPU with APIC id {} did not start", cpu->apicId);
  }
  removeTrampoline(hypervisor);
}

} // namespace suture::hv
