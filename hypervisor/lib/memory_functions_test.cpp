// SPDX-License-Identifier: Apache-2.0
// The functions under names of their own, beside the host's, which they must agree with.
#define memcpy suture_memcpy
#define memmove suture_memmove
#define memset suture_memset
#define memcmp suture_memcmp
#define bcmp suture_bcmp
#define memchr suture_memchr
#define strlen suture_strlen
#include "hypervisor/lib/memory_functions.cpp"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef bcmp
#undef memchr
#undef strlen

#include <array>
#include <gtest/gtest.h>
#include <numeric>

namespace {

using Bytes = std::array<unsigned char, 64>;

Bytes counting() {
  Bytes bytes{};
  std::iota(bytes.begin(), bytes.end(), static_cast<unsigned char>(1));
  return bytes;
}

TEST(MemoryFunctions, MemmoveCopiesEitherWayWhenRangesOverlap) {
  for (size_t from = 0; from < 20; ++from)
    for (size_t to = 0; to < 20; ++to)
      for (size_t size = 0; size < 30; ++size) {
        Bytes ours = counting();
        Bytes theirs = counting();
        EXPECT_EQ(suture_memmove(&ours[to], &ours[from], size), &ours[to]);
        __builtin_memmove(&theirs[to], &theirs[from], size);
        ASSERT_EQ(ours, theirs) << from << " " << to << " " << size;
      }
}

TEST(MemoryFunctions, MemcpyAndMemsetTouchExactlyTheirRange) {
  for (size_t at = 0; at < 9; ++at)
    for (size_t size = 0; size < 40; ++size) {
      Bytes ours = counting();
      Bytes theirs = counting();
      const Bytes source = counting();
      suture_memcpy(&ours[at], &source[10], size);
      __builtin_memcpy(&theirs[at], &source[10], size);
      suture_memset(&ours[at + 3], -2, size / 2);
      __builtin_memset(&theirs[at + 3], -2, size / 2);
      ASSERT_EQ(ours, theirs) << at << " " << size;
    }
}

TEST(MemoryFunctions, MemcmpComparesAsUnsigned) {
  const unsigned char low[] = {1, 2, 3};
  const unsigned char high[] = {1, 0x80, 0};
  EXPECT_LT(suture_memcmp(low, high, 3), 0);
  EXPECT_GT(suture_memcmp(high, low, 3), 0);
  EXPECT_EQ(suture_memcmp(low, high, 1), 0);
  EXPECT_NE(suture_bcmp(low, high, 2), 0);
}

TEST(MemoryFunctions, MemchrAndStrlenStopAtTheFirst) {
  const char text[] = "abcabc";
  EXPECT_EQ(suture_memchr(text, 'c', 6), text + 2);
  EXPECT_EQ(suture_memchr(text, 'x', 6), nullptr);
  EXPECT_EQ(suture_memchr(text, 'c', 2), nullptr);
  EXPECT_EQ(suture_strlen(text), 6u);
}

} // namespace
