// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/memory/heap.h"

#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <vector>

namespace suture::hv {
namespace {

/// 4 MiB that stand for machine memory from address 0 on; page 0 stays unused.
struct Machine {
  Machine()
      : bytes{static_cast<std::byte *>(std::aligned_alloc(pageSize, pages * pageSize)), std::free},
        records(pages), heap{allocator, {reinterpret_cast<uint64_t>(bytes.get())}} {
    allocator.init(records);
    allocator.add({{pageSize}, {pages * pageSize}});
  }
  static constexpr size_t pages = 1024;
  std::unique_ptr<std::byte, void (*)(void *)> bytes;
  std::vector<PageRecord> records;
  PageAllocator allocator;
  Heap heap;
};

TEST(Heap, BlocksAreAlignedAsAsked) {
  Machine machine;
  for (size_t alignment = 1; alignment <= pageSize; alignment *= 2) {
    auto block = machine.heap.allocate(24, alignment);
    ASSERT_EQ(block.size(), 24u);
    EXPECT_EQ(reinterpret_cast<uint64_t>(block.data()) % alignment, 0u);
  }
}

TEST(Heap, GivesNothingWhenMemoryIsOut) {
  Machine machine;
  EXPECT_TRUE(machine.heap.allocate(64u << 20, 16).empty());
  EXPECT_TRUE(machine.heap.allocate(size_t{1} << 40, 16).empty());
}

TEST(Heap, BlocksInUseNeverOverlapAndUseReturnsToZero) {
  Machine machine;
  std::vector<std::pair<std::span<std::byte>, std::byte>> held;
  std::mt19937 random{2};
  for (int step = 0; step < 20000; ++step) {
    if (random() % 2 == 0) {
      size_t size = 1 + random() % (random() % 8 == 0 ? 20000 : 200);
      auto block = machine.heap.allocate(size, size_t{1} << random() % 8);
      if (block.empty())
        continue;
      auto mark = std::byte(random());
      std::memset(block.data(), static_cast<int>(mark), block.size());
      held.emplace_back(block, mark);
    } else if (!held.empty()) {
      std::swap(held[random() % held.size()], held.back());
      for (std::byte value : held.back().first)
        ASSERT_EQ(value, held.back().second);
      machine.heap.release(held.back().first);
      held.pop_back();
    }
  }
  for (auto &[block, mark] : held)
    machine.heap.release(block);
  EXPECT_EQ(machine.heap.used(), 0u);
}

} // namespace
} // namespace suture::hv
