// SPDX-License-Identifier: Apache-2.0
#pragma once
// Switching off, and noticing the power button. Source: ACPI 6.4, 4.8.3 (PM1 registers).

#include "hypervisor/acpi/tables.h"

namespace suture::hv::acpi {

class Power final {
public:
  constexpr Power() = default;
  explicit Power(const Machine &machine) : machine_{machine} {}

  /// Lets the button set its status bit. No interrupt is wanted: the bit is looked at.
  void watchButton() const;
  /// Whether the button was pressed since the last call.
  [[nodiscard]] bool buttonPressed() const;
  /// Switches the machine off. Returns only where firmware gave no way to do so.
  void off() const;

private:
  Machine machine_;
};

} // namespace suture::hv::acpi
