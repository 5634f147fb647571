// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/memory/page_allocator.h"

#include <gtest/gtest.h>
#include <map>
#include <random>
#include <vector>

namespace suture::hv {
namespace {

constexpr HvPhys page(uint64_t number) { return {number * pageSize}; }

struct Machine {
  explicit Machine(uint64_t pages) : records(pages) { allocator.init(records); }
  std::vector<PageRecord> records;
  PageAllocator allocator;
};

TEST(PageAllocator, GivesBlocksAlignedToTheirSize) {
  Machine machine{64};
  machine.allocator.add({page(1), page(64)});
  auto block = machine.allocator.allocate(4);
  ASSERT_TRUE(block);
  EXPECT_TRUE(block->isAligned(16 * pageSize));
  EXPECT_EQ(machine.allocator.freePages(), 63u - 16u);
}

TEST(PageAllocator, FailsWhenNoBlockIsLargeEnough) {
  Machine machine{64};
  machine.allocator.add({page(1), page(16)});
  EXPECT_FALSE(machine.allocator.allocate(4));
  EXPECT_TRUE(machine.allocator.allocate(3));
}

TEST(PageAllocator, JoinsFreedBlocksAgain) {
  Machine machine{64};
  machine.allocator.add({page(0), page(64)});
  std::vector<HvPhys> blocks;
  while (auto block = machine.allocator.allocate(0))
    blocks.push_back(*block);
  EXPECT_EQ(blocks.size(), 64u);
  for (HvPhys block : blocks)
    machine.allocator.release(block, 0);
  EXPECT_TRUE(machine.allocator.allocate(6));
}

TEST(PageAllocator, NeverHandsOutAPageTwice) {
  Machine machine{1024};
  machine.allocator.add({page(3), page(1024)});
  std::map<uint64_t, unsigned> held;
  std::mt19937 random{1};
  for (int step = 0; step < 20000; ++step) {
    if (random() % 2 == 0) {
      unsigned order = random() % 5;
      if (auto block = machine.allocator.allocate(order)) {
        auto after = held.lower_bound(block->value);
        if (after != held.end())
          ASSERT_LE(block->value + (pageSize << order), after->first);
        if (after != held.begin())
          ASSERT_LE(std::prev(after)->first + (pageSize << std::prev(after)->second), block->value);
        held[block->value] = order;
      }
    } else if (!held.empty()) {
      auto victim = std::next(held.begin(), static_cast<long>(random() % held.size()));
      machine.allocator.release({victim->first}, victim->second);
      held.erase(victim);
    }
  }
  for (auto [address, order] : held)
    machine.allocator.release({address}, order);
  EXPECT_EQ(machine.allocator.freePages(), 1021u);
}

TEST(PageAllocator, OrderForRoundsUp) {
  EXPECT_EQ(PageAllocator::orderFor(1), 0u);
  EXPECT_EQ(PageAllocator::orderFor(pageSize), 0u);
  EXPECT_EQ(PageAllocator::orderFor(pageSize + 1), 1u);
}

} // namespace
} // namespace suture::hv
