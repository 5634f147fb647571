// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/memory/heap.h"

#include <new>

namespace suture::hv {

// The tag of a block's first page says what the block is: a class of small blocks, or the order of
// whole pages. Small blocks lie aligned to their rounded size, so that a large alignment is met by
// asking for a larger class.
namespace {
constexpr uint8_t wholePages = 0x80;
}

size_t Heap::classOf(size_t size) {
  size_t index = 0;
  while ((smallest << index) < size)
    ++index;
  return index;
}

bool Heap::refill(size_t index) {
  auto page = pages_.allocate(0);
  if (!page)
    return false;
  pages_.setTag(*page, static_cast<uint8_t>(index));
  const size_t step = smallest << index;
  for (size_t offset = 0; offset < pageSize; offset += step)
    free_[index] = new (at(*page) + offset) FreeBlock{free_[index]};
  return true;
}

std::span<std::byte> Heap::allocatePages(size_t size) {
  const unsigned order = PageAllocator::orderFor(size);
  if (order > PageAllocator::maxOrder)
    return {};
  auto block = pages_.allocate(order);
  if (!block)
    return {};
  pages_.setTag(*block, static_cast<uint8_t>(wholePages | order));
  used_ += pageSize << order;
  return {at(*block), size};
}

std::span<std::byte> Heap::allocate(size_t size, size_t alignment) noexcept {
  const size_t index = classOf(size < alignment ? alignment : size);
  if (index >= classes)
    return allocatePages(size);
  if (free_[index] == nullptr && !refill(index))
    return {};
  FreeBlock *block = free_[index];
  free_[index] = block->next;
  used_ += smallest << index;
  return {reinterpret_cast<std::byte *>(block), size};
}

void Heap::release(std::span<std::byte> block) noexcept {
  if (block.empty())
    return;
  const HvPhys address{reinterpret_cast<uint64_t>(block.data()) - base_.value};
  const uint8_t tag = pages_.tag(address.alignedDown(pageSize));
  if ((tag & wholePages) != 0) {
    const unsigned order = tag & ~unsigned{wholePages};
    used_ -= pageSize << order;
    pages_.release(address, order);
    return;
  }
  used_ -= smallest << tag;
  free_[tag] = new (block.data()) FreeBlock{free_[tag]};
}

} // namespace suture::hv
