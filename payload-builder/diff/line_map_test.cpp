// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/diff/line_map.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

TEST(LineMap, MapsLinesAroundAnInsertion) {
  LineMap map("a\nb\nc\n", "a\nx\ny\nb\nc\n");
  EXPECT_EQ(map.toBase(1), 1u);
  EXPECT_EQ(map.toBase(2), std::nullopt);
  EXPECT_EQ(map.toBase(4), 2u);
  EXPECT_EQ(map.toPatched(3), 5u);
  ASSERT_EQ(map.changes().size(), 1u);
  EXPECT_EQ(map.changes()[0].baseLine, 2u);
  EXPECT_EQ(map.changes()[0].baseCount, 0u);
  EXPECT_EQ(map.changes()[0].patchedLine, 2u);
  EXPECT_EQ(map.changes()[0].patchedCount, 2u);
}

TEST(LineMap, MapsLinesAroundARemoval) {
  LineMap map("a\nb\nc\n", "a\nc\n");
  EXPECT_EQ(map.toBase(2), 3u);
  EXPECT_EQ(map.toPatched(2), std::nullopt);
  EXPECT_TRUE(map.changesPatched(2, 2));
  EXPECT_FALSE(map.changesPatched(1, 1));
}

TEST(LineMap, MapsFromTheFirstLine) {
  LineMap map("a\n", "\n\na\n");
  EXPECT_EQ(map.toBase(3), 1u);
  EXPECT_EQ(map.toBase(1), std::nullopt);
}

TEST(LineMap, EqualTextsMapOntoThemselves) {
  LineMap map("a\nb\n", "a\nb\n");
  EXPECT_TRUE(map.changes().empty());
  EXPECT_EQ(map.toBase(2), 2u);
}

TEST(LineMap, TellsWhetherARangeChanged) {
  LineMap map("a\nb\nc\nd\n", "a\nB\nc\nd\n");
  EXPECT_TRUE(map.changesPatched(1, 2));
  EXPECT_TRUE(map.changesPatched(2, 4));
  EXPECT_FALSE(map.changesPatched(3, 4));
}

} // namespace
} // namespace suture::builder
