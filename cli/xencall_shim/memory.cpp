// SPDX-License-Identifier: Apache-2.0
#include "cli/xencall_shim/memory.h"

#include <bit>
#include <sys/mman.h>

namespace suture::shim {

namespace {

constexpr size_t pageSize = 4096;

uint64_t addressOf(const void *memory) { return std::bit_cast<uintptr_t>(memory); }

} // namespace

void *HypercallMemory::allocate(size_t pages) {
  if (pages == 0 || pages > SIZE_MAX / pageSize)
    return nullptr;
  void *memory =
      mmap(nullptr, pages * pageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return nullptr;
  allocations_[addressOf(memory)] = pages * pageSize;
  return memory;
}

void HypercallMemory::free(void *memory, size_t pages) {
  if (memory == nullptr)
    return;
  allocations_.erase(addressOf(memory));
  munmap(memory, pages * pageSize);
}

std::span<std::byte> HypercallMemory::from(uint64_t address) const {
  auto next = allocations_.upper_bound(address);
  if (next == allocations_.begin())
    return {};
  const auto &[start, size] = *--next;
  if (address - start >= size)
    return {};
  return {std::bit_cast<std::byte *>(static_cast<uintptr_t>(address)), size - (address - start)};
}

} // namespace suture::shim
