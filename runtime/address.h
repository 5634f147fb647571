// SPDX-License-Identifier: Apache-2.0
#pragma once
// Addresses as their own type, so that one is never passed where a size or an index is meant.

#include <compare>
#include <cstdint>

namespace suture {

/// An address in the hypervisor's own virtual address space. Only a Platform may turn it into a
/// pointer: offline, it belongs to another machine.
struct HvVirt {
  uint64_t value = 0;

  friend constexpr auto operator<=>(HvVirt, HvVirt) noexcept = default;
  friend constexpr HvVirt operator+(HvVirt base, uint64_t bytes) noexcept {
    return HvVirt{base.value + bytes};
  }
  /// Bytes from `from` to `to`, modulo 2^64; cast to int64_t for a signed distance.
  friend constexpr uint64_t operator-(HvVirt to, HvVirt from) noexcept {
    return to.value - from.value;
  }
};

} // namespace suture
