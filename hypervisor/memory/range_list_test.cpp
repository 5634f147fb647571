// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/memory/range_list.h"

#include <gtest/gtest.h>

namespace suture::hv {
namespace {

constexpr PhysRange pages(uint64_t first, uint64_t end) {
  return {{first * pageSize}, {end * pageSize}};
}

TEST(RangeList, KeepsOnlyWholePages) {
  RangeList list;
  list.add({{1}, {3 * pageSize - 1}});
  ASSERT_EQ(list.ranges().size(), 1u);
  EXPECT_EQ(list.ranges()[0].begin, pages(1, 2).begin);
  EXPECT_EQ(list.size(), pageSize);
}

TEST(RangeList, SplitsAroundAHole) {
  RangeList list;
  list.add(pages(0, 10));
  list.subtract({{4 * pageSize + 1}, {4 * pageSize + 2}});
  ASSERT_EQ(list.ranges().size(), 2u);
  EXPECT_EQ(list.ranges()[0].end, pages(0, 4).end);
  EXPECT_EQ(list.ranges()[1].begin, pages(5, 6).begin);
}

TEST(RangeList, DropsWhatAHoleCovers) {
  RangeList list;
  list.add(pages(2, 4));
  list.add(pages(6, 8));
  list.subtract(pages(1, 7));
  ASSERT_EQ(list.ranges().size(), 1u);
  EXPECT_EQ(list.ranges()[0].begin, pages(7, 8).begin);
}

TEST(RangeList, TakesAlignedFromTheRoomiestRangeBelowTheLimit) {
  RangeList list;
  list.add(pages(0, 10));
  list.add(pages(20, 45));
  list.add(pages(100, 1000));
  auto taken = list.take(4 * pageSize, 8 * pageSize, pages(0, 100).end);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->begin, pages(40, 44).begin);
  EXPECT_EQ(list.size(), (10 + 21 + 900) * pageSize);
  EXPECT_FALSE(list.take(2000 * pageSize, pageSize, pages(0, 5000).end));
}

} // namespace
} // namespace suture::hv
