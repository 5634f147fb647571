// SPDX-License-Identifier: Apache-2.0
#pragma once
// A few ranges of machine memory from which pieces are cut out: what is free at boot.

#include "hypervisor/lib/address.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace suture::hv {

class RangeList final {
public:
  static constexpr size_t capacity = 64;

  /// Adds the whole pages inside a range; empty ones, and those past the capacity, are left out.
  constexpr void add(PhysRange range) {
    range = {range.begin.alignedUp(pageSize), range.end.alignedDown(pageSize)};
    if (range.begin < range.end && count_ < capacity)
      ranges_[count_++] = range;
  }

  /// Cuts every page that hole touches out of all ranges.
  constexpr void subtract(PhysRange hole) {
    hole = {hole.begin.alignedDown(pageSize), hole.end.alignedUp(pageSize)};
    const size_t before = count_;
    const std::array<PhysRange, capacity> old = ranges_;
    count_ = 0;
    for (size_t i = 0; i < before; ++i) {
      const PhysRange range = old[i];
      add({range.begin, std::min(range.end, std::max(hole.begin, range.begin))});
      add({std::max(range.begin, std::min(hole.end, range.end)), range.end});
    }
  }

  /// Takes size bytes, aligned, from the end of the range that has most room below limit.
  constexpr std::optional<PhysRange> take(uint64_t size, uint64_t alignment, HvPhys limit) {
    std::optional<PhysRange> taken;
    uint64_t mostRoom = 0;
    for (PhysRange range : ranges()) {
      const HvPhys end = std::min(range.end, limit);
      if (end <= range.begin || end - range.begin < size)
        continue;
      const HvPhys begin = (end - size).alignedDown(alignment);
      if (begin < range.begin || (taken && begin - range.begin <= mostRoom))
        continue;
      mostRoom = begin - range.begin;
      taken = PhysRange{begin, begin + size};
    }
    if (taken)
      subtract(*taken);
    return taken;
  }

  [[nodiscard]] constexpr std::span<const PhysRange> ranges() const {
    return std::span{ranges_}.first(count_);
  }
  [[nodiscard]] constexpr uint64_t size() const {
    uint64_t sum = 0;
    for (PhysRange range : ranges())
      sum += range.size();
    return sum;
  }
  [[nodiscard]] constexpr HvPhys end() const {
    HvPhys last{};
    for (PhysRange range : ranges())
      last = std::max(last, range.end);
    return last;
  }

private:
  std::array<PhysRange, capacity> ranges_{};
  size_t count_ = 0;
};

} // namespace suture::hv
