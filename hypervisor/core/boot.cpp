// SPDX-License-Identifier: Apache-2.0
// From the loader's call to the loop, in order. Everything that is initialised is initialised here.

#include "hypervisor/acpi/tables.h"
#include "hypervisor/core/hypervisor.h"
#include "hypervisor/core/loop.h"
#include "hypervisor/core/memory_setup.h"
#include "hypervisor/core/panic.h"
#include "hypervisor/core/smp.h"
#include "hypervisor/guest/vm_factory.h"
#include "hypervisor/livepatch/livepatch.h"
#include "hypervisor/log/log.h"
#include "hypervisor/pci/config.h"
#include "hypervisor/x86/instructions.h"
#include "hypervisor/x86/registers.h"

#include <new>

extern "C" {
/// Called by entry.S on the boot stack, interrupts off.
[[noreturn]] void startHypervisor(uint64_t startInfo);
}

namespace suture::hv {
namespace {

/// The one object of the hypervisor; everybody else gets a reference.
constinit Hypervisor theHypervisor;
constinit bool powerKnown = false;

/// Interrupt controllers of old: all lines masked.
void maskPics() {
  x86::out8(0x21, 0xff);
  x86::out8(0xa1, 0xff);
}

acpi::Machine readMachine(HvPhys rsdp) {
  auto machine = acpi::readTables(bootMemory(), rsdp);
  if (!machine)
    panic("ACPI tables: error {}", static_cast<unsigned>(machine.error()));
  return *machine;
}

/// The boot CPU first, then the others in the order of the MADT.
void makeCpus(Hypervisor &hypervisor, const acpi::Machine &machine) {
  const uint32_t self = x86::cpuid(1).ebx >> 24;
  makeCpu(hypervisor, self);
  for (uint32_t apicId : machine.cpus())
    if (apicId != self)
      makeCpu(hypervisor, apicId);
}

void setUpTimers(Hypervisor &hypervisor, uint16_t pmTimer) {
  constexpr uint32_t startCount = 0xffff'ffff;
  hypervisor.apic.startTimer(startCount);
  hypervisor.clock = x86::measureClock(pmTimer);
  const uint64_t apicTicks = startCount - hypervisor.apic.timerCount();
  const uint64_t tscTicks = x86::rdtsc() - hypervisor.clock.start();
  hypervisor.apic.startTimer(0);
  hypervisor.apicTicksPerTsc32 = x86::multiplyDivide(apicTicks, uint64_t{1} << 32, tscTicks);
  setLogClock(hypervisor.clock.ticksPerSecond());
}

void enableSvm(Cpu &cpu) {
  if (auto enabled = cpu.svm.enable(cpu.hypervisor->pages); !enabled)
    panic("CPU {}: SVM: error {}", cpu.index, static_cast<unsigned>(enabled.error()));
}

/// Without the device there is no control channel, and guests' output goes nowhere; it is said.
void openSerialDevice(Hypervisor &hypervisor) {
  const auto function = pci::find(virtio::SerialDevice::identity);
  if (!function) {
    log("virtio console: none");
    return;
  }
  auto opened = hypervisor.serial.open(*function, hypervisor.memory, hypervisor.pages,
                                       hypervisor.cpuTable[0]->apicId, x86::vector::device);
  hypervisor.hasSerial = opened.has_value();
  if (!opened)
    log("virtio console: error {}", static_cast<unsigned>(opened.error()));
}

/// The guests' archive lies in memory that the direct map holds.
ByteView mapModule(PhysRange module) {
  return ByteView{{layout::direct<const std::byte>(module.begin), module.size()}};
}

void makeLivepatch(Hypervisor &hypervisor) {
  const auto buffers = hypervisor.heap.allocate(3 * frameBufferSize, pageSize);
  const auto object = hypervisor.heap.allocate(sizeof(Livepatch), alignof(Livepatch));
  if (buffers.empty() || object.empty())
    panic("no memory for the control channel");
  hypervisor.livepatch = new (object.data()) Livepatch{hypervisor, buffers};
}

[[noreturn]] void startOtherCpu(Cpu *cpu) {
  cpu->activate();
  cpu->hypervisor->apic.enable();
  enableSvm(*cpu);
  cpu->online.store(true, std::memory_order_release);
  enterLoop(cpu);
}

} // namespace

Hypervisor *Hypervisor::instance() { return powerKnown ? &theHypervisor : nullptr; }

} // namespace suture::hv

void startHypervisor(uint64_t startInfo) {
  using namespace suture::hv;
  Hypervisor &hypervisor = theHypervisor;
  initLog();
  log("suture-hv: starting");
  maskPics();
  const BootInformation boot = readBootInformation({startInfo});
  const acpi::Machine machine = readMachine({boot.start.rsdp});
  hypervisor.power = acpi::Power{machine};
  powerKnown = true;
  setUpMemory(hypervisor, boot);
  makeCpus(hypervisor, machine);
  Cpu &cpu = *hypervisor.cpuTable[0];
  x86::writeCr3(cpu.root.value);
  cpu.activate();
  addHighMemory(hypervisor, boot);
  if (auto window = hypervisor.memory.mapDevice(machine.localApic, pageSize))
    hypervisor.apic = x86::LocalApic{*window};
  else
    panic("cannot map the local APIC");
  hypervisor.apic.enable();
  setUpTimers(hypervisor, machine.pmTimer);
  log("TSC: {} kHz", hypervisor.clock.ticksPerSecond() / 1000);
  enableSvm(cpu);
  cpu.online.store(true, std::memory_order_release);
  makeLivepatch(hypervisor);
  openSerialDevice(hypervisor);
  // Before other CPUs run: they take their queues as they find them.
  makeGuests(hypervisor, mapModule(boot.guests));
  startOtherCpus(hypervisor, machine.pmTimer, startOtherCpu);
  log("CPUs: {} up", hypervisor.cpuCount);
  hypervisor.power.watchButton();
  log("suture-hv: ready");
  enterLoop(&cpu);
}
