// SPDX-License-Identifier: Apache-2.0
// Any bytes on the channel, cut anywhere: each answer is a whole frame, and after whatever it was,
// a new session works.

#include "runtime/control/frame_channel.h"
#include "runtime/testing/fake_platform.h"
#include "runtime/testing/payload_file.h"

#include <cstdlib>
#include <cstring>
#include <vector>

using namespace suture;
using testing::FakePlatform;

namespace {

void require(bool holds) {
  if (!holds)
    std::abort();
}

void checkAnswer(std::span<const std::byte> frame) {
  format::FrameHeader header;
  require(frame.size() >= sizeof(header));
  std::memcpy(&header, frame.data(), sizeof(header));
  require(header.magic == format::frameMagic && header.version == format::frameVersion);
  require(header.kind == static_cast<uint16_t>(format::FrameKind::Response));
  require(header.length == frame.size() && header.padding == 0);
  uint64_t expected = sizeof(header) + header.reasonSize;
  if (frame.size() != expected) {
    expected += sizeof(format::LivepatchOp) + header.segmentCount * sizeof(format::Segment);
    for (uint32_t index = 0; index < header.segmentCount; ++index) {
      format::Segment segment;
      std::memcpy(&segment,
                  frame.data() + sizeof(header) + sizeof(format::LivepatchOp) +
                      index * sizeof(segment),
                  sizeof(segment));
      require(segment.direction == 2);
      expected += segment.size;
    }
    require(frame.size() == expected);
  }
  require(header.result >= 0 || header.reasonSize > 0);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 1)
    return 0;
  FakePlatform platform{0x9000};
  {
    LivepatchCore<FakePlatform> core{platform};
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      testing::PayloadFile file{platform.buildId(), platform.buildId(), seed};
      file.addFunction({.oldAddress = (FakePlatform::textStart + 64 * seed).value});
      const std::vector<std::byte> bytes = file.build();
      require(core.upload(std::string(seed, 'a'), ByteView{bytes}).has_value());
    }
    ControlHandler<FakePlatform> handler{core};
    static std::vector<std::byte> request(32768), answer(32768);
    FrameChannel<FakePlatform> channel{handler, request, answer};
    // The first byte says how the rest is cut.
    const size_t chunk = data[0] % 64 + size_t{1};
    auto bytes = std::as_bytes(std::span{data + 1, size - 1});
    while (!bytes.empty()) {
      const size_t count = std::min(chunk * (data[0] < 128 ? 1 : 100), bytes.size());
      channel.receive(bytes.first(count), checkAnswer);
      bytes = bytes.subspan(count);
      if (core.hasWork(platform.nowNs()))
        core.runPending();
    }
    channel.startSession();
    const format::FrameHeader reset{.magic = format::frameMagic,
                                    .version = format::frameVersion,
                                    .kind = static_cast<uint16_t>(format::FrameKind::Reset),
                                    .length = sizeof(format::FrameHeader),
                                    .sequence = 9,
                                    .result = 0,
                                    .segmentCount = 0,
                                    .reasonSize = 0,
                                    .padding = 0};
    size_t answers = 0;
    channel.receive(std::as_bytes(std::span{&reset, 1}), [&](std::span<const std::byte> frame) {
      checkAnswer(frame);
      ++answers;
    });
    require(answers == 1);
  }
  return 0;
}
