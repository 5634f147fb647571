// SPDX-License-Identifier: Apache-2.0
#include "cli/output/duration.h"

#include <gtest/gtest.h>

namespace suture::output {
namespace {

TEST(ParseDuration, ReadsEveryUnit) {
  EXPECT_EQ(parseDuration("100ns")->count(), 100);
  EXPECT_EQ(parseDuration("500us")->count(), 500'000);
  EXPECT_EQ(parseDuration("30ms")->count(), 30'000'000);
  EXPECT_EQ(parseDuration("1.5s")->count(), 1'500'000'000);
  EXPECT_EQ(parseDuration("2min")->count(), 120'000'000'000);
}

TEST(ParseDuration, RefusesWhatIsNoTimeSpan) {
  for (const char *text : {"", "30", "ms", "-1s", "0s", "0.1ns", "1h", "1e3ms", "nan s", "inf",
                           "30 ms", "25000min", "3ss"})
    EXPECT_FALSE(parseDuration(text)) << text;
}

TEST(ParseTimeoutNs, HasThe32BitsOfTheInterface) {
  EXPECT_EQ(*parseTimeoutNs("4.294967295s"), 4'294'967'295u);
  EXPECT_FALSE(parseTimeoutNs("4.3s"));
}

TEST(FormatDuration, HasThreeDigitsAndAUnit) {
  using std::chrono::nanoseconds;
  EXPECT_EQ(formatDuration(nanoseconds(850)), "850 ns");
  EXPECT_EQ(formatDuration(nanoseconds(12'345)), "12.3 us");
  EXPECT_EQ(formatDuration(nanoseconds(4'560'000)), "4.56 ms");
  EXPECT_EQ(formatDuration(nanoseconds(2'000'000'000)), "2.00 s");
}

} // namespace
} // namespace suture::output
