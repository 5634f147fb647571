// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest: its memory, its devices, its virtual CPUs.

#include "hypervisor/guest/uart.h"
#include "hypervisor/lib/address.h"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace suture::hv {

struct Vcpu;

/// Memory and devices live as long as the hypervisor: a guest that ended keeps what it printed.
struct Vm final {
  explicit Vm(HvPhys nestedTop) : nestedRoot{nestedTop} {}

  [[nodiscard]] std::string_view nameText() const { return {name.data(), nameSize}; }
  /// The guest's memory from guest-physical 0 on; one piece.
  [[nodiscard]] std::span<std::byte> bytes() const;

  std::array<char, 64> name{};
  size_t nameSize = 0;
  HvPhys nestedRoot;
  PhysRange memory;
  Uart uart;
  /// Machine addresses of the maps of intercepted ports and MSRs.
  HvPhys ioMap, msrMap;
};

} // namespace suture::hv
