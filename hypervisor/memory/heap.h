// SPDX-License-Identifier: Apache-2.0
#pragma once
// Small blocks out of pages: one free list for each power of two from 16 bytes to half a page;
// whatever is larger takes whole pages. Used where a payload is loaded, never where CPUs are
// stopped.

#include "hypervisor/memory/page_allocator.h"

#include <array>
#include <cstddef>
#include <span>

namespace suture::hv {

class Heap final {
public:
  /// \param pages  where blocks come from; lives as long as this.
  /// \param base   VA of machine address 0 in the direct map.
  constexpr Heap(PageAllocator &pages, HvVirt base) : pages_{pages}, base_{base} {}

  /// \param size  bytes, not 0.  \param alignment  a power of two up to a page.
  /// Exactly size bytes, or an empty span. Contents are undefined.
  [[nodiscard]] std::span<std::byte> allocate(size_t size, size_t alignment) noexcept;
  /// Takes back what allocate() gave.
  void release(std::span<std::byte> block) noexcept;

  /// Bytes handed out and not taken back, each block counted with what rounding wastes.
  [[nodiscard]] size_t used() const noexcept { return used_; }

private:
  struct FreeBlock {
    FreeBlock *next;
  };
  static constexpr size_t smallest = 16;
  static constexpr size_t classes = 8;

  static size_t classOf(size_t size);
  std::span<std::byte> allocatePages(size_t size);
  bool refill(size_t index);
  [[nodiscard]] std::byte *at(HvPhys address) const {
    return reinterpret_cast<std::byte *>((base_ + address.value).value);
  }

  PageAllocator &pages_;
  HvVirt base_;
  std::array<FreeBlock *, classes> free_{};
  size_t used_ = 0;
};

} // namespace suture::hv
