// SPDX-License-Identifier: Apache-2.0
#pragma once
// Addresses of three spaces as types that do not mix: what the hypervisor dereferences, what the
// memory controller sees, and what a guest believes to be physical.

#include <compare>
#include <cstddef>
#include <cstdint>

namespace suture::hv {

inline constexpr uint64_t pageSize = 4096;
inline constexpr uint64_t largePageSize = 2 * 1024 * 1024;

template <class Space> struct Address final {
  uint64_t value = 0;

  constexpr auto operator<=>(const Address &) const = default;
  [[nodiscard]] constexpr Address operator+(uint64_t bytes) const { return {value + bytes}; }
  [[nodiscard]] constexpr Address operator-(uint64_t bytes) const { return {value - bytes}; }
  /// Bytes from other to this; other is not above this.
  [[nodiscard]] constexpr uint64_t operator-(Address other) const { return value - other.value; }
  [[nodiscard]] constexpr bool isAligned(uint64_t alignment) const {
    return (value & (alignment - 1)) == 0;
  }
  [[nodiscard]] constexpr Address alignedDown(uint64_t alignment) const {
    return {value & ~(alignment - 1)};
  }
  [[nodiscard]] constexpr Address alignedUp(uint64_t alignment) const {
    return {(value + alignment - 1) & ~(alignment - 1)};
  }
};

/// Virtual address in the hypervisor.
using HvVirt = Address<struct HvVirtSpace>;
/// Physical address of the machine.
using HvPhys = Address<struct HvPhysSpace>;
/// Physical address as a guest sees it.
using GuestPhys = Address<struct GuestPhysSpace>;

/// Half-open range of machine memory.
struct PhysRange {
  HvPhys begin;
  HvPhys end;

  [[nodiscard]] constexpr uint64_t size() const { return end - begin; }
  [[nodiscard]] constexpr bool contains(HvPhys address) const {
    return begin <= address && address < end;
  }
};

} // namespace suture::hv
