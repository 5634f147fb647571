// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/diff/line_map.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <vector>

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

TEST(LineMap, EveryUnchangedLineIsTheSameTextInBothAndTheRestIsChanged) {
  // Pairs of short texts over a small alphabet meet every case of the search.
  uint32_t state = 1;
  auto next = [&state](uint32_t below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 16) % below;
  };
  auto text = [&next] {
    std::vector<std::string> lines(next(12));
    for (std::string &line : lines)
      line = std::string(1, static_cast<char>('a' + next(3)));
    return lines;
  };
  auto joined = [](const std::vector<std::string> &lines) {
    std::string all;
    for (const std::string &line : lines)
      all += line + "\n";
    return all;
  };
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::string> base = text(), patched = text();
    LineMap map(joined(base), joined(patched));
    std::vector<std::string> rebuilt = base;
    // From the end, so that what comes before keeps its place.
    for (auto change = map.changes().rbegin(); change != map.changes().rend(); ++change) {
      auto at = rebuilt.begin() + (change->baseLine - 1);
      at = rebuilt.erase(at, at + change->baseCount);
      auto from = patched.begin() + (change->patchedLine - 1);
      rebuilt.insert(at, from, from + change->patchedCount);
    }
    ASSERT_EQ(rebuilt, patched);
    for (unsigned line = 1; line <= patched.size(); ++line)
      if (auto before = map.toBase(line)) {
        ASSERT_EQ(base.at(*before - 1), patched[line - 1]);
        ASSERT_EQ(map.toPatched(*before), line);
      }
  }
}

TEST(LineMap, TooManyEditsAreOneChange) {
  std::string base, patched;
  for (int i = 0; i < 3000; ++i) {
    base += "a" + std::to_string(i) + "\n";
    patched += "b" + std::to_string(i) + "\n";
  }
  LineMap map("x\n" + base + "y\n", "x\n" + patched + "y\n");
  ASSERT_EQ(map.changes().size(), 1u);
  EXPECT_EQ(map.changes()[0].baseCount, 3000u);
  EXPECT_EQ(map.toBase(1), 1u);
  EXPECT_EQ(map.toBase(3002), 3002u);
}

TEST(LineMap, TellsWhetherARangeChanged) {
  LineMap map("a\nb\nc\nd\n", "a\nB\nc\nd\n");
  EXPECT_TRUE(map.changesPatched(1, 2));
  EXPECT_TRUE(map.changesPatched(2, 4));
  EXPECT_FALSE(map.changesPatched(3, 4));
}

} // namespace
} // namespace suture::builder
