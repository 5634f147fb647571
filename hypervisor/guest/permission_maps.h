// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which ports and MSRs a guest touches by itself: no port, and those MSRs that VMLOAD and VMSAVE
// switch. Source: APM vol.2 15.10 (I/O map), 15.11 (MSR map).

#include "hypervisor/x86/registers.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace suture::hv {

inline constexpr size_t ioMapSize = 12 * 1024;
inline constexpr size_t msrMapSize = 8 * 1024;

/// The guest's own copies, switched with it.
inline constexpr std::array<uint32_t, 10> passedMsrs = {
    x86::msr::star,        x86::msr::lstar,      x86::msr::cstar,        x86::msr::sfmask,
    x86::msr::fsBase,      x86::msr::gsBase,     x86::msr::kernelGsBase, x86::msr::sysenterCs,
    x86::msr::sysenterEsp, x86::msr::sysenterEip};

/// Clears the two bits of an MSR: neither read nor write exits.
constexpr void passMsr(std::span<std::byte> map, uint32_t msr) {
  // Vector of each range: 0000_0000 at 0, C000_0000 at 0x800, C001_0000 at 0x1000.
  const size_t base = msr < 0x2000 ? 0 : (msr >= 0xc0010000 ? 0x1000 : 0x800);
  const size_t bit = size_t{msr & 0x1fff} * 2;
  map[base + bit / 8] &= ~std::byte(3u << bit % 8);
}

/// Fills both maps.
constexpr void fillPermissionMaps(std::span<std::byte> io, std::span<std::byte> msr) {
  for (std::byte &value : io)
    value = std::byte{0xff};
  for (std::byte &value : msr)
    value = std::byte{0xff};
  for (uint32_t number : passedMsrs)
    passMsr(msr, number);
}

} // namespace suture::hv
