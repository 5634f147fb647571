// SPDX-License-Identifier: Apache-2.0
#pragma once
// Machine memory in blocks of 2^order pages: a buddy allocator. Free blocks hang in one list per
// order; the lists are page numbers in a table of their own, so that free memory itself is never
// read or written. A freed block joins its buddy (the block whose number differs in bit `order`)
// when that is free too. Allocation and release take at most maxOrder steps.

#include "hypervisor/lib/address.h"
#include "hypervisor/lib/spin_lock.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace suture::hv {

/// What the allocator knows of one page.
struct PageRecord {
  uint32_t next;
  uint32_t previous;
  /// Of a free block's first page: its order. Of a page in use: its owner's tag.
  uint8_t order;
  bool free;
};

class PageAllocator final {
public:
  /// Largest block: 2^14 pages, 64 MiB.
  static constexpr unsigned maxOrder = 14;

  constexpr PageAllocator() = default;
  PageAllocator(const PageAllocator &) = delete;
  PageAllocator &operator=(const PageAllocator &) = delete;

  /// \param records  one per page of machine memory from address 0 on; zeroed; lives as long as
  /// this.
  void init(std::span<PageRecord> records);

  /// Gives the allocator a range of free memory, page-aligned, not above what the records cover.
  void add(PhysRange range);

  /// A block of 2^order pages, aligned to its size, contents undefined. Nothing when there is none.
  [[nodiscard]] std::optional<HvPhys> allocate(unsigned order);
  /// Takes back a block of allocate().
  void release(HvPhys block, unsigned order);

  /// A byte of the owner's for a page that it holds.
  void setTag(HvPhys page, uint8_t tag) { records_[page.value / pageSize].order = tag; }
  [[nodiscard]] uint8_t tag(HvPhys page) const { return records_[page.value / pageSize].order; }

  /// Pages that are free now.
  [[nodiscard]] uint64_t freePages() const;

  /// Smallest order whose block holds `bytes`.
  static constexpr unsigned orderFor(uint64_t bytes) {
    unsigned order = 0;
    while ((pageSize << order) < bytes)
      ++order;
    return order;
  }

private:
  static constexpr uint32_t none = ~uint32_t{0};

  void pushFree(uint32_t page, unsigned order);
  void unlink(uint32_t page);
  void releaseLocked(uint32_t page, unsigned order);

  mutable SpinLock lock_;
  std::span<PageRecord> records_;
  std::array<uint32_t, maxOrder + 1> heads_{};
  uint64_t freePages_ = 0;
};

} // namespace suture::hv
