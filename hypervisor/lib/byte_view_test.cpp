// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/lib/byte_view.h"

#include <array>
#include <gtest/gtest.h>

namespace suture::hv {
namespace {

constexpr std::array<std::byte, 5> bytes{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                                         std::byte{5}};

TEST(ByteView, ReadsUnalignedLittleEndian) {
  ByteView view{bytes};
  EXPECT_EQ(view.read<uint16_t>(1), 0x0302);
  EXPECT_EQ(view.read<uint32_t>(1), 0x05040302u);
}

TEST(ByteView, RefusesWhatCrossesTheEnd) {
  ByteView view{bytes};
  EXPECT_FALSE(view.read<uint32_t>(2));
  EXPECT_FALSE(view.read<uint8_t>(5));
  EXPECT_FALSE(view.slice(6, 0));
}

TEST(ByteView, RefusesLengthsThatWrapAround) {
  ByteView view{bytes};
  EXPECT_FALSE(view.slice(1, SIZE_MAX));
  EXPECT_FALSE(view.slice(SIZE_MAX, 2));
}

TEST(ByteView, GivesAnEmptySliceAtTheEnd) { EXPECT_EQ(ByteView{bytes}.slice(5, 0)->size(), 0u); }

} // namespace
} // namespace suture::hv
