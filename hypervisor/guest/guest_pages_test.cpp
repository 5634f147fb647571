// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/guest_pages.h"

#include <gtest/gtest.h>

#include <map>

namespace suture::hv {
namespace {

struct Allocator {
  std::optional<HvPhys> allocate(unsigned order) {
    if (left == 0)
      return std::nullopt;
    --left;
    next = next + (uint64_t{0x1000} << order);
    live[next.value] = order;
    return next;
  }
  void release(HvPhys block, unsigned order) {
    ASSERT_EQ(live.at(block.value), order);
    live.erase(block.value);
  }

  unsigned left = 100;
  HvPhys next{0};
  std::map<uint64_t, unsigned> live;
};

TEST(GuestPages, ComeBackWhenTheGuestIsNotKept) {
  Allocator allocator;
  {
    GuestPages<Allocator> pages{allocator};
    EXPECT_TRUE(pages.take(0));
    EXPECT_TRUE(pages.take(12));
    allocator.left = 0;
    EXPECT_FALSE(pages.take(0));
    EXPECT_EQ(allocator.live.size(), 2u);
  }
  EXPECT_TRUE(allocator.live.empty());
}

TEST(GuestPages, StayWhenItIs) {
  Allocator allocator;
  {
    GuestPages<Allocator> pages{allocator};
    ASSERT_TRUE(pages.take(3));
    pages.keep();
  }
  EXPECT_EQ(allocator.live.size(), 1u);
}

TEST(GuestPages, RefuseMorePiecesThanTheyCanGiveBack) {
  Allocator allocator;
  GuestPages<Allocator> pages{allocator};
  size_t taken = 0;
  while (pages.take(0))
    ++taken;
  EXPECT_LT(taken, 100u);
  EXPECT_EQ(allocator.live.size(), taken);
}

} // namespace
} // namespace suture::hv
