// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/lib/format.h"

#include <gtest/gtest.h>
#include <string>

namespace suture::hv {
namespace {

template <class... T> std::string text(std::string_view pattern, T... values) {
  std::array<char, 64> out{};
  std::array<FormatArgument, sizeof...(T) + 1> arguments{FormatArgument{values}...,
                                                         FormatArgument{""}};
  return std::string{formatInto(out, pattern, std::span{arguments}.first(sizeof...(T)))};
}

TEST(Format, PrintsNumbersAndText) {
  EXPECT_EQ(text("{} of {}: {}", 3, 10u, "done"), "3 of 10: done");
  EXPECT_EQ(text("{} {}", INT64_MIN, UINT64_MAX), "-9223372036854775808 18446744073709551615");
}

TEST(Format, PrintsHexadecimalWithLeadingZeros) { EXPECT_EQ(text("{x} {x4}", 255, 10), "ff 000a"); }

TEST(Format, PadsToAWidth) { EXPECT_EQ(text("{4}|{4}|", 12, "ab"), "  12|ab  |"); }

TEST(Format, CutsWhereTheBufferEnds) {
  std::array<char, 4> out{};
  EXPECT_EQ(formatInto(out, "123456", {}), "1234");
}

TEST(Format, ShowsAMismatchOfArguments) {
  EXPECT_EQ(text("{}"), "{?}");
  EXPECT_EQ(text("x", 1), "x{?}");
}

} // namespace
} // namespace suture::hv
