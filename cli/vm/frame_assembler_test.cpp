// SPDX-License-Identifier: Apache-2.0
#include "cli/vm/frame_assembler.h"

#include <cstring>
#include <gtest/gtest.h>

namespace suture::vm {
namespace {

using Event = FrameAssembler::Event;
using format::FrameHeader;

std::vector<std::byte> frame(uint16_t kind, size_t bodySize, uint32_t sequence = 1) {
  const FrameHeader header{format::frameMagic,
                           format::frameVersion,
                           kind,
                           static_cast<uint32_t>(sizeof(FrameHeader) + bodySize),
                           sequence,
                           0,
                           0,
                           0,
                           0};
  std::vector<std::byte> bytes(header.length, std::byte{0x5a});
  std::memcpy(bytes.data(), &header, sizeof(header));
  return bytes;
}

TEST(FrameAssembler, WaitsForTheLastByte) {
  FrameAssembler assembler(FrameAssembler::From::Client);
  const auto whole = frame(1, 10);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(assembler.next(), Event::Incomplete);
    assembler.add(std::span(whole).subspan(size, 1));
  }
  ASSERT_EQ(assembler.next(), Event::Frame);
  EXPECT_EQ(assembler.take(), whole);
  EXPECT_FALSE(assembler.hasPartial());
}

TEST(FrameAssembler, KeepsTheNextFrame) {
  FrameAssembler assembler(FrameAssembler::From::Client);
  assembler.add(frame(1, 3, 1));
  assembler.add(frame(1, 4, 2));
  ASSERT_EQ(assembler.next(), Event::Frame);
  EXPECT_EQ(assembler.take(), frame(1, 3, 1));
  ASSERT_EQ(assembler.next(), Event::Frame);
  EXPECT_EQ(assembler.take(), frame(1, 4, 2));
}

TEST(FrameAssembler, SkipsAClientsGarbageUpToItsReset) {
  FrameAssembler assembler(FrameAssembler::From::Client);
  assembler.add(std::vector<std::byte>(100, std::byte{7}));
  EXPECT_EQ(assembler.next(), Event::LostPlace);
  assembler.add(frame(1, 0)); // a request does not find the place again
  EXPECT_EQ(assembler.next(), Event::Incomplete);
  const auto reset = frame(3, 0, 99);
  assembler.add(std::span(reset).first(20));
  EXPECT_EQ(assembler.next(), Event::Incomplete);
  assembler.add(std::span(reset).subspan(20));
  ASSERT_EQ(assembler.next(), Event::Frame);
  EXPECT_EQ(assembler.take(), reset);
}

TEST(FrameAssembler, RefusesALengthThatNoFrameHas) {
  for (const uint32_t length : {31u, format::maxFrameSize + 1, ~0u}) {
    auto bytes = frame(1, 0);
    std::memcpy(bytes.data() + offsetof(FrameHeader, length), &length, sizeof(length));
    FrameAssembler assembler(FrameAssembler::From::Client);
    assembler.add(bytes);
    EXPECT_EQ(assembler.next(), Event::LostPlace) << length;
  }
}

TEST(FrameAssembler, TakesOnlyResponsesFromAHypervisor) {
  FrameAssembler assembler(FrameAssembler::From::Hypervisor);
  assembler.add(frame(1, 0));
  EXPECT_EQ(assembler.next(), Event::LostPlace);
}

TEST(FrameAssembler, FindsAResponseBehindTheRestOfAnother) {
  FrameAssembler assembler(FrameAssembler::From::Hypervisor);
  const auto old = frame(2, 50, 1);
  assembler.add(std::span(old).subspan(11));
  assembler.add(frame(2, 5, 2));
  Event event = assembler.next();
  for (int tries = 0; event == Event::LostPlace && tries < 10; ++tries)
    event = assembler.next();
  ASSERT_EQ(event, Event::Frame);
  EXPECT_EQ(assembler.take(), frame(2, 5, 2));
}

} // namespace
} // namespace suture::vm
