// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/memory/page_allocator.h"

namespace suture::hv {

void PageAllocator::init(std::span<PageRecord> records) {
  records_ = records;
  heads_.fill(none);
}

void PageAllocator::add(PhysRange range) {
  LockGuard guard{lock_};
  auto page = static_cast<uint32_t>(range.begin.value / pageSize);
  const auto end = static_cast<uint32_t>(range.end.value / pageSize);
  while (page < end) {
    // The largest block that starts here, is aligned, and does not reach past the end.
    unsigned order = 0;
    while (order < maxOrder && (page & ((2u << order) - 1)) == 0 && (2u << order) <= end - page)
      ++order;
    releaseLocked(page, order);
    page += 1u << order;
  }
}

std::optional<HvPhys> PageAllocator::allocate(unsigned order) {
  LockGuard guard{lock_};
  unsigned have = order;
  while (have <= maxOrder && heads_[have] == none)
    ++have;
  if (have > maxOrder)
    return std::nullopt;
  const uint32_t page = heads_[have];
  unlink(page);
  // Give the upper halves back until the block has the right size.
  while (have > order) {
    --have;
    pushFree(page + (1u << have), have);
  }
  freePages_ -= uint64_t{1} << order;
  return HvPhys{uint64_t{page} * pageSize};
}

void PageAllocator::release(HvPhys block, unsigned order) {
  LockGuard guard{lock_};
  releaseLocked(static_cast<uint32_t>(block.value / pageSize), order);
}

uint64_t PageAllocator::freePages() const {
  LockGuard guard{lock_};
  return freePages_;
}

void PageAllocator::pushFree(uint32_t page, unsigned order) {
  records_[page] = {
      .next = heads_[order], .previous = none, .order = static_cast<uint8_t>(order), .free = true};
  if (heads_[order] != none)
    records_[heads_[order]].previous = page;
  heads_[order] = page;
}

void PageAllocator::unlink(uint32_t page) {
  PageRecord &record = records_[page];
  if (record.previous == none)
    heads_[record.order] = record.next;
  else
    records_[record.previous].next = record.next;
  if (record.next != none)
    records_[record.next].previous = record.previous;
  record.free = false;
}

void PageAllocator::releaseLocked(uint32_t page, unsigned order) {
  freePages_ += uint64_t{1} << order;
  for (; order < maxOrder; ++order) {
    const uint32_t buddy = page ^ (1u << order);
    if (buddy >= records_.size() || !records_[buddy].free || records_[buddy].order != order)
      break;
    unlink(buddy);
    page &= ~(1u << order);
  }
  pushFree(page, order);
}

} // namespace suture::hv
