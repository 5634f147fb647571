// SPDX-License-Identifier: Apache-2.0
#include "cli/client/frame_codec.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>

namespace suture::client {
namespace {

using format::FrameHeader;
using format::LivepatchOp;
using format::Segment;
using format::SegmentDirection;

/// A response put together by hand, field by field, so that the test does not share the encoder's
/// view of the format.
class ResponseBuilder {
public:
  FrameHeader header{format::frameMagic, format::frameVersion, 2, 0, 1, 0, 0, 0, 0};

  template <typename T> void add(const T &value) {
    const auto *bytes = reinterpret_cast<const std::byte *>(&value);
    body.insert(body.end(), bytes, bytes + sizeof(T));
  }
  void addText(std::string_view text) {
    for (const char character : text)
      body.push_back(static_cast<std::byte>(character));
  }
  std::vector<std::byte> body;
};

class DecodeResponse : public testing::Test {
protected:
  DecodeResponse() { op.command = 2; }
  Expected<Outcome> decode() {
    builder.header.length = static_cast<uint32_t>(sizeof(FrameHeader) + builder.body.size());
    return decodeResponse(builder.header, builder.body, op, buffers);
  }
  /// A whole answer that fills the Out buffer with `bytes`.
  void answer(std::string_view bytes) {
    builder.header.segmentCount = 1;
    builder.add(op);
    builder.add(Segment{handleOf(memory.data()), static_cast<uint32_t>(bytes.size()), 2});
    builder.addText(bytes);
  }

  LivepatchOp op{};
  std::array<std::byte, 4> memory{};
  std::array<std::byte, 4> guard{};
  std::array<Buffer, 1> buffers{Buffer{memory, SegmentDirection::Out}};
  ResponseBuilder builder;
};

TEST(EncodeRequest, LaysOutHeaderOperationSegmentsAndInBytes) {
  std::array<std::byte, 3> in{std::byte{1}, std::byte{2}, std::byte{3}};
  std::array<std::byte, 8> out{};
  const std::array buffers{Buffer{in, SegmentDirection::In}, Buffer{out, SegmentDirection::Out}};
  const auto frame = encodeRequest(77, LivepatchOp{}, buffers);
  ASSERT_TRUE(frame);
  ASSERT_EQ(frame->size(), 32u + 104u + 2u * 16u + 3u);
  FrameHeader header;
  std::memcpy(&header, frame->data(), sizeof(header));
  EXPECT_EQ(header.magic, 0x52545553u);
  EXPECT_EQ(header.kind, 1);
  EXPECT_EQ(header.length, frame->size());
  EXPECT_EQ(header.sequence, 77u);
  EXPECT_EQ(header.segmentCount, 2u);
  EXPECT_EQ(frame->back(), std::byte{3});
}

TEST(EncodeRequest, RefusesWhatNoFrameHolds) {
  std::vector<std::byte> huge(format::maxFrameSize);
  const std::array buffers{Buffer{huge, SegmentDirection::In}};
  EXPECT_FALSE(encodeRequest(1, LivepatchOp{}, buffers));
}

TEST_F(DecodeResponse, CopiesOperationBuffersAndReason) {
  op.u.list.version = 9;
  answer("abc");
  builder.header.result = -EINVAL;
  builder.header.reasonSize = 3;
  builder.addText("why");
  op.u.list.version = 0;
  const auto outcome = decode();
  ASSERT_TRUE(outcome) << outcome.error().reason;
  EXPECT_EQ(outcome->result, -EINVAL);
  EXPECT_EQ(outcome->reason, "why");
  EXPECT_EQ(op.u.list.version, 9u);
  EXPECT_EQ(memory[2], std::byte{'c'});
  EXPECT_EQ(memory[3], std::byte{0});
}

TEST_F(DecodeResponse, AcceptsABareError) {
  builder.header.result = -EINVAL;
  builder.header.reasonSize = 2;
  builder.addText("no");
  const auto outcome = decode();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->reason, "no");
}

TEST_F(DecodeResponse, RefusesSuccessWithoutABody) { EXPECT_FALSE(decode()); }

TEST_F(DecodeResponse, NeverWritesPastABuffer) {
  answer("abcde");
  EXPECT_FALSE(decode());
  EXPECT_EQ(memory[0], std::byte{0});
}

TEST_F(DecodeResponse, RefusesASegmentThatWasNotAskedFor) {
  builder.header.segmentCount = 1;
  builder.add(op);
  builder.add(Segment{handleOf(guard.data()), 4, 2});
  builder.addText("abcd");
  EXPECT_FALSE(decode());
  EXPECT_EQ(guard[0], std::byte{0});
}

TEST_F(DecodeResponse, RefusesAFrameCutAtAnyByte) {
  answer("abc");
  builder.header.reasonSize = 3;
  builder.addText("why");
  const auto whole = builder.body;
  for (size_t size = 0; size < whole.size(); ++size) {
    builder.body.assign(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_FALSE(decode()) << size;
  }
}

TEST_F(DecodeResponse, RefusesBytesLeftOver) {
  answer("abc");
  builder.addText("x");
  EXPECT_FALSE(decode());
}

TEST(DecodeResponseHeader, RefusesEachWrongField) {
  const FrameHeader good{format::frameMagic, format::frameVersion, 2, 32, 1, 0, 0, 0, 0};
  const auto decode = [](FrameHeader header) {
    return decodeResponseHeader(std::as_bytes(std::span(&header, 1))).has_value();
  };
  EXPECT_TRUE(decode(good));
  const auto with = [&](auto change) {
    FrameHeader header = good;
    change(header);
    return decode(header);
  };
  EXPECT_FALSE(with([](FrameHeader &header) { header.magic = 1; }));
  EXPECT_FALSE(with([](FrameHeader &header) { header.version = 2; }));
  EXPECT_FALSE(with([](FrameHeader &header) { header.kind = 1; }));
  EXPECT_FALSE(with([](FrameHeader &header) { header.length = 31; }));
  EXPECT_FALSE(with([](FrameHeader &header) { header.length = format::maxFrameSize + 1; }));
  EXPECT_FALSE(with([](FrameHeader &header) { header.segmentCount = 9; }));
  EXPECT_FALSE(with([](FrameHeader &header) { header.reasonSize = 1025; }));
}

} // namespace
} // namespace suture::client
