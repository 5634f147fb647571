// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything there is one of. It is passed around by reference; each Cpu points to it.

#include "hypervisor/acpi/power.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/guest/vm.h"
#include "hypervisor/memory/address_space.h"
#include "hypervisor/memory/heap.h"
#include "hypervisor/memory/page_allocator.h"
#include "hypervisor/virtio/serial.h"
#include "hypervisor/x86/clock.h"
#include "hypervisor/x86/local_apic.h"

#include <array>
#include <atomic>
#include <span>

namespace suture::hv {

class Livepatch;

class Hypervisor final {
public:
  static constexpr size_t maxGuests = 30;

  constexpr Hypervisor() = default;
  Hypervisor(const Hypervisor &) = delete;
  Hypervisor &operator=(const Hypervisor &) = delete;

  /// The one object, or nullptr before power is known. For panics, which have nothing else.
  static Hypervisor *instance();

  /// CPUs that are up, the boot CPU first.
  [[nodiscard]] std::span<Cpu *const> cpus() const { return std::span{cpuTable}.first(cpuCount); }
  /// Makes another CPU leave its guest or its sleep.
  void kick(const Cpu &cpu) const;
  void kickOthers() const;

  [[nodiscard]] std::span<Vm *const> guests() const {
    return std::span{guestTable}.first(guestCount);
  }
  /// Something is to be moved between a guest's serial port and the console device. Any CPU.
  void consoleHasWork();

  PageAllocator pages;
  Heap heap{pages, layout::directMap};
  AddressSpace memory{pages};
  acpi::Power power;
  x86::LocalApic apic;
  x86::Clock clock;
  /// APIC timer ticks per 2^32 TSC ticks.
  uint64_t apicTicksPerTsc32 = 0;

  /// Memory reserved for payloads, mapped nowhere but at layout::payloads.
  PhysRange payloadMemory;

  std::array<Cpu *, acpi::maxCpus> cpuTable{};
  size_t cpuCount = 0;

  /// Guests, in the order of the archive; filled before other CPUs run.
  std::array<Vm *, maxGuests> guestTable{};
  size_t guestCount = 0;

  /// Served by CPU 0 alone.
  virtio::SerialDevice serial;
  bool hasSerial = false;
  /// Set by the device's interrupt and by consoleHasWork(), cleared by CPU 0's loop.
  std::atomic<bool> consoleWork{false};
  /// Made before the loop is entered; lives for ever.
  Livepatch *livepatch = nullptr;
  /// Raised when every CPU is to drop its TLB entries; each follows with Cpu::tlbGeneration.
  std::atomic<uint64_t> tlbGeneration{0};
  /// When CPU 0 looks at the power button again, in TSC ticks.
  uint64_t nextButtonPoll = 0;
  /// What CPU 0 has told of.
  uint64_t nmisReported = 0;
  uint64_t machineChecksReported = 0;
};

} // namespace suture::hv
