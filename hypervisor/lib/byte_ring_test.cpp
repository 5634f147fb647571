// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/lib/byte_ring.h"

#include <gtest/gtest.h>

namespace suture::hv {
namespace {

TEST(ByteRing, GivesBytesInTheOrderTheyCame) {
  ByteRing<4> ring;
  std::array<std::byte, 8> out{};
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 3; ++i)
      ASSERT_TRUE(ring.push(std::byte(round * 3 + i)));
    ASSERT_EQ(ring.pop(out), 3u);
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(out[static_cast<size_t>(i)], std::byte(round * 3 + i));
  }
  EXPECT_TRUE(ring.empty());
}

TEST(ByteRing, RefusesWhatDoesNotFitAndLosesNothing) {
  ByteRing<2> ring;
  EXPECT_TRUE(ring.push(std::byte{1}));
  EXPECT_TRUE(ring.push(std::byte{2}));
  EXPECT_TRUE(ring.full());
  EXPECT_FALSE(ring.push(std::byte{3}));
  std::array<std::byte, 1> out{};
  ASSERT_EQ(ring.pop(out), 1u);
  EXPECT_EQ(out[0], std::byte{1});
  EXPECT_TRUE(ring.push(std::byte{3}));
}

} // namespace
} // namespace suture::hv
