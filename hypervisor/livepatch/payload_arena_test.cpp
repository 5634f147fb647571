// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/livepatch/payload_arena.h"

#include <gtest/gtest.h>
#include <vector>

namespace suture::hv {
namespace {

struct Pages {
  explicit Pages(size_t count) : states(count), arena{states} {}
  std::vector<ArenaPage> states;
  PayloadArena arena;
};

TEST(PayloadArena, DoesNotReuseAPageBeforeEveryTlbForgotIt) {
  Pages pages{4};
  ASSERT_EQ(pages.arena.take(3), 0u);
  pages.arena.giveBack(0, 3);
  EXPECT_TRUE(pages.arena.hasStale());
  EXPECT_EQ(pages.arena.take(2), std::nullopt);
  pages.arena.forgetStale();
  EXPECT_EQ(pages.arena.take(2), 0u);
}

TEST(PayloadArena, TakesOtherAddressesFirst) {
  Pages pages{8};
  ASSERT_EQ(pages.arena.take(2), 0u);
  pages.arena.giveBack(0, 2);
  pages.arena.forgetStale();
  EXPECT_EQ(pages.arena.take(2), 2u);
  EXPECT_EQ(pages.arena.take(4), 4u);
  EXPECT_EQ(pages.arena.take(2), 0u);
}

TEST(PayloadArena, FindsARowThatBeginsBeforeTheLastEnd) {
  Pages pages{6};
  ASSERT_EQ(pages.arena.take(4), 0u);
  pages.arena.giveBack(0, 4);
  pages.arena.forgetStale();
  EXPECT_EQ(pages.arena.take(6), 0u);
}

TEST(PayloadArena, KnowsWhatIsText) {
  Pages pages{4};
  ASSERT_EQ(pages.arena.take(3), 0u);
  pages.arena.markText(0, 2);
  EXPECT_TRUE(pages.arena.isText(0, 2));
  EXPECT_FALSE(pages.arena.isText(1, 2));
  EXPECT_FALSE(pages.arena.isText(3, 2));
  pages.arena.giveBack(0, 3);
  EXPECT_FALSE(pages.arena.isText(0, 1));
}

TEST(PayloadArena, RefusesWhatDoesNotFit) {
  Pages pages{4};
  EXPECT_EQ(pages.arena.take(0), std::nullopt);
  EXPECT_EQ(pages.arena.take(5), std::nullopt);
  EXPECT_EQ(pages.arena.taken(), 0u);
}

} // namespace
} // namespace suture::hv
