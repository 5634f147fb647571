// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/acpi/power.h"

#include "hypervisor/x86/instructions.h"

namespace suture::hv::acpi {
namespace {

constexpr uint16_t powerButton = 1u << 8;
constexpr unsigned sleepTypeShift = 10;
constexpr uint16_t sleepEnable = 1u << 13;

} // namespace

void Power::watchButton() const {
  if (machine_.pm1aEvent == 0)
    return;
  x86::out16(machine_.pm1aEvent, powerButton);
  const auto enable = static_cast<uint16_t>(machine_.pm1aEvent + machine_.pm1EventSize / 2);
  x86::out16(enable, powerButton);
}

bool Power::buttonPressed() const {
  if (machine_.pm1aEvent == 0 || (x86::in16(machine_.pm1aEvent) & powerButton) == 0)
    return false;
  // Status bits are cleared by writing them.
  x86::out16(machine_.pm1aEvent, powerButton);
  return true;
}

void Power::off() const {
  if (!machine_.hasSoftOff)
    return;
  auto command = [](uint8_t type) {
    return static_cast<uint16_t>(type << sleepTypeShift | sleepEnable);
  };
  x86::out16(machine_.pm1aControl, command(machine_.softOffA));
  if (machine_.pm1bControl != 0)
    x86::out16(machine_.pm1bControl, command(machine_.softOffB));
}

} // namespace suture::hv::acpi
