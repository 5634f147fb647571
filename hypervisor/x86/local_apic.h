// SPDX-License-Identifier: Apache-2.0
#pragma once
// The local APIC through its memory window. Source: APM vol.2, chapter 16.

#include "hypervisor/lib/address.h"

#include <cstdint>

namespace suture::hv::x86 {

/// Every CPU sees its own APIC at the same address, so that one object serves all.
class LocalApic final {
public:
  constexpr LocalApic() = default;
  /// \param window  VA of the register page, uncached.
  explicit LocalApic(HvVirt window) : window_{window} {}

  /// Machine address of the window, from the APIC base MSR.
  static HvPhys base();

  /// Software-enables this CPU's APIC, with LINT1 as NMI and the timer masked.
  void enable() const;
  [[nodiscard]] uint32_t id() const;
  void endOfInterrupt() const;

  /// Sends vector to another CPU, or to this one.
  void sendIpi(uint32_t apicId, unsigned vector) const;
  /// To all CPUs but this one.
  void sendIpiToOthers(unsigned vector) const;
  void sendInit(uint32_t apicId) const;
  /// \param page  machine address below 1 MiB, page-aligned, where the CPU starts in real mode.
  void sendStartup(uint32_t apicId, HvPhys page) const;

  /// Starts a countdown that ends in one interrupt on vector::timer; 0 stops it.
  /// \param count  APIC timer ticks.
  void startTimer(uint32_t count) const;
  [[nodiscard]] uint32_t timerCount() const;

private:
  [[nodiscard]] uint32_t read(uint32_t offset) const;
  void write(uint32_t offset, uint32_t value) const;
  void sendCommand(uint32_t destination, uint32_t command) const;

  HvVirt window_;
};

} // namespace suture::hv::x86
