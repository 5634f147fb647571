// SPDX-License-Identifier: Apache-2.0
// Checks of frames: a bad one is answered, and the channel goes on.

#include "runtime/control/frame_channel.h"
#include "runtime/testing/checks/scene.h"

#include <cstring>
#include <string>

namespace suture::testing {
namespace {

using format::FrameHeader;
using format::FrameKind;
using format::Segment;

struct Answer {
  FrameHeader header{};
  std::string reason;
};

class FrameChecks : public ::testing::Test {
protected:
  /// A good request: Get of a name that there is not.
  static Bytes goodRequest() {
    format::LivepatchOp op{};
    op.command = static_cast<uint32_t>(format::Command::Get);
    op.u.get.name = {.name = 0x1000, .size = 4, .padding = {}};
    const Segment segment{.address = 0x1000, .size = 4, .direction = 1};
    FrameHeader header{.magic = format::frameMagic,
                       .version = format::frameVersion,
                       .kind = static_cast<uint16_t>(FrameKind::Request),
                       .length = 0,
                       .sequence = 77,
                       .result = 0,
                       .segmentCount = 1,
                       .reasonSize = 0,
                       .padding = 0};
    header.length = sizeof(header) + sizeof(op) + sizeof(segment) + 4;
    Bytes bytes(header.length);
    std::memcpy(bytes.data(), &header, sizeof(header));
    std::memcpy(bytes.data() + 32, &op, sizeof(op));
    std::memcpy(bytes.data() + 136, &segment, sizeof(segment));
    std::memcpy(bytes.data() + 152, "fix", 4);
    return bytes;
  }
  static Bytes resetFrame() {
    const FrameHeader header{.magic = format::frameMagic,
                             .version = format::frameVersion,
                             .kind = static_cast<uint16_t>(FrameKind::Reset),
                             .length = sizeof(FrameHeader),
                             .sequence = 5,
                             .result = 0,
                             .segmentCount = 0,
                             .reasonSize = 0,
                             .padding = 0};
    Bytes bytes(sizeof(header));
    std::memcpy(bytes.data(), &header, sizeof(header));
    return bytes;
  }

  std::vector<Answer> receive(const Bytes &bytes, size_t chunk = SIZE_MAX) {
    std::vector<Answer> answers;
    for (size_t offset = 0; offset < bytes.size(); offset += std::min(chunk, bytes.size() - offset))
      channel.receive(std::span{bytes}.subspan(offset, std::min(chunk, bytes.size() - offset)),
                      [&](std::span<const std::byte> frame) {
                        Answer answer;
                        std::memcpy(&answer.header, frame.data(), sizeof(FrameHeader));
                        EXPECT_EQ(answer.header.length, frame.size());
                        answer.reason.assign(reinterpret_cast<const char *>(frame.data()) +
                                                 frame.size() - answer.header.reasonSize,
                                             answer.header.reasonSize);
                        answers.push_back(answer);
                      });
    return answers;
  }
  void expectGoes(const char *why) {
    auto answers = receive(goodRequest());
    ASSERT_EQ(answers.size(), 1u) << why;
    EXPECT_EQ(answers[0].header.result, -2) << why;
    EXPECT_EQ(answers[0].header.sequence, 77u);
  }
  /// A frame that gets this error and after which the stream goes on at once.
  void refusedAndGoesOn(const Bytes &bytes, ErrorCode code) {
    auto answers = receive(bytes);
    ASSERT_EQ(answers.size(), 1u) << errorName(code);
    EXPECT_EQ(answers[0].header.result, -static_cast<int32_t>(errnoOf(code)));
    EXPECT_EQ(answers[0].header.segmentCount, 0u);
    EXPECT_EQ(answers[0].header.length, 32 + answers[0].header.reasonSize);
    EXPECT_FALSE(answers[0].reason.empty());
    provokedCodes().insert(code);
    expectGoes("after a bad frame of trusted length");
  }
  /// A frame that gets this error and after which only a Reset is heard.
  void refusedAndLost(const Bytes &bytes, ErrorCode code) {
    auto answers = receive(bytes);
    ASSERT_EQ(answers.size(), 1u) << errorName(code);
    EXPECT_EQ(answers[0].header.result, -static_cast<int32_t>(errnoOf(code)));
    provokedCodes().insert(code);
    EXPECT_TRUE(receive(goodRequest()).empty());
    answers = receive(resetFrame());
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0].header.result, 0);
    EXPECT_EQ(answers[0].header.sequence, 5u);
    expectGoes("after a reset");
  }
  template <typename T> static Bytes with(size_t offset, T value) {
    Bytes bytes = goodRequest();
    patch(bytes, offset, value);
    return bytes;
  }

  Scene scene;
  ControlHandler<FakePlatform> handler{scene.core};
  std::vector<std::byte> request = std::vector<std::byte>(65536),
                         answer = std::vector<std::byte>(65536);
  FrameChannel<FakePlatform> channel{handler, request, answer};
};

TEST_F(FrameChecks, GoodRequestIsAnsweredHoweverItIsCut) {
  for (size_t chunk : {size_t{1}, size_t{7}, size_t{31}, size_t{33}, SIZE_MAX}) {
    auto answers = receive(goodRequest(), chunk);
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0].reason, "no payload named 'fix'");
  }
}

TEST_F(FrameChecks, SeveralRequestsInOneReadAreAllAnswered) {
  Bytes three = goodRequest();
  for (int more = 0; more < 2; ++more) {
    const Bytes next = goodRequest();
    three.insert(three.end(), next.begin(), next.end());
  }
  EXPECT_EQ(receive(three).size(), 3u);
}

TEST_F(FrameChecks, FrameBadMagic) {
  refusedAndLost(with(0, uint32_t{0x1234}), ErrorCode::FrameBadMagic);
}

TEST_F(FrameChecks, FrameVersionUnknown) {
  refusedAndLost(with(4, uint16_t{9}), ErrorCode::FrameVersionUnknown);
}

TEST_F(FrameChecks, FrameTooShortForItsHeader) {
  refusedAndLost(with(8, 31u), ErrorCode::FrameTooShort);
}

TEST_F(FrameChecks, FrameTooShortForItsContents) {
  Bytes bytes = goodRequest();
  bytes.resize(bytes.size() - 1);
  patch(bytes, 8, static_cast<uint32_t>(bytes.size()));
  refusedAndGoesOn(bytes, ErrorCode::FrameTooShort);
}

TEST_F(FrameChecks, FrameThatIsAHeaderAlone) {
  Bytes bytes = goodRequest();
  bytes.resize(32);
  patch(bytes, 8, 32u);
  refusedAndGoesOn(bytes, ErrorCode::FrameTooShort);
}

TEST_F(FrameChecks, FrameLengthWrong) {
  Bytes bytes = goodRequest();
  bytes.resize(bytes.size() + 3);
  patch(bytes, 8, static_cast<uint32_t>(bytes.size()));
  refusedAndGoesOn(bytes, ErrorCode::FrameLengthWrong);
}

TEST_F(FrameChecks, FrameTooLong) {
  Bytes bytes = goodRequest();
  bytes.resize(request.size() + 1);
  patch(bytes, 8, static_cast<uint32_t>(bytes.size()));
  refusedAndGoesOn(bytes, ErrorCode::FrameTooLong);
}

TEST_F(FrameChecks, FrameKindUnknown) {
  refusedAndGoesOn(with(6, uint16_t{2}), ErrorCode::FrameKindUnknown);
  refusedAndGoesOn(with(6, uint16_t{9}), ErrorCode::FrameKindUnknown);
}

TEST_F(FrameChecks, FrameReservedNotZero) {
  for (size_t offset : {size_t{16}, size_t{24}, size_t{28}})
    refusedAndGoesOn(with(offset, 1u), ErrorCode::FrameReservedNotZero);
}

TEST_F(FrameChecks, FrameTooManySegments) {
  refusedAndGoesOn(with(20, 9u), ErrorCode::FrameTooManySegments);
}

TEST_F(FrameChecks, FrameSegmentBad) {
  refusedAndGoesOn(with(148, 3u), ErrorCode::FrameSegmentBad);
  refusedAndGoesOn(with(136, ~uint64_t{0}), ErrorCode::FrameSegmentBad);
}

TEST_F(FrameChecks, FrameResponseTooLong) {
  Bytes bytes = goodRequest();
  patch(bytes, 144, 65000u); // size
  patch(bytes, 148, 2u);     // out
  bytes.resize(152);
  patch(bytes, 8, 152u);
  refusedAndGoesOn(bytes, ErrorCode::FrameResponseTooLong);
}

TEST_F(FrameChecks, ResetInMidFrameNeedsANewSession) {
  // What a client that was killed leaves: half a frame.
  Bytes half = goodRequest();
  half.resize(100);
  EXPECT_TRUE(receive(half).empty());
  channel.startSession();
  ASSERT_EQ(receive(resetFrame()).size(), 1u);
  expectGoes("in a new session");
}

TEST_F(FrameChecks, LostParserFindsAResetAmongGarbage) {
  Bytes garbage(1000, std::byte{0x53});
  const Bytes reset = resetFrame();
  garbage.insert(garbage.end(), reset.begin(), reset.end());
  auto answers = receive(garbage, 13);
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].header.result, -22);
  EXPECT_EQ(answers[1].header.sequence, 5u);
  expectGoes("after garbage");
}

} // namespace
} // namespace suture::testing
