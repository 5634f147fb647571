// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/frame_server.h"

#include "runtime/control/frame_message.h"

#include <cerrno>
#include <cstring>

namespace suture::xen {

using format::Segment;
using format::SegmentDirection;

namespace {

/// The table of segments of a frame that FrameMemory found to be sound.
std::vector<Segment> segmentsOf(std::span<const std::byte> frame) {
  format::FrameHeader header;
  std::memcpy(&header, frame.data(), sizeof(header));
  std::vector<Segment> segments(header.segmentCount);
  if (!segments.empty())
    std::memcpy(segments.data(), frame.data() + sizeof(header) + sizeof(format::LivepatchOp),
                segments.size() * sizeof(Segment));
  return segments;
}

/// A reason that fits a frame, cut where it must be.
std::string_view fitting(std::string_view reason) {
  return reason.substr(0, format::maxReasonSize);
}

} // namespace

FrameServer::FrameServer(FrameCall call, Send send)
    : call_(std::move(call)), send_(std::move(send)), request_(format::maxFrameSize),
      answer_(format::maxFrameSize), parser_(request_) {}

void FrameServer::receive(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const FrameEvent event = parser_.feed(bytes);
    bytes = bytes.subspan(event.consumed);
    switch (event.kind) {
    case FrameEvent::Kind::NeedMore:
      break;
    case FrameEvent::Kind::Request:
      answerRequest(event.sequence);
      break;
    case FrameEvent::Kind::Reset:
      answerBare(event.sequence, 0, "");
      break;
    case FrameEvent::Kind::Bad:
      answerBare(event.sequence, resultOf(*event.error), describe(*event.error).view());
      break;
    }
  }
}

void FrameServer::answerBare(uint32_t sequence, int32_t result, std::string_view reason) {
  send_(makeBareAnswer(answer_, sequence, result, fitting(reason)));
}

void FrameServer::answerRequest(uint32_t sequence) {
  auto message = FrameMemory::open(parser_.frame(), answer_);
  if (!message) {
    answerBare(sequence, resultOf(message.error()), describe(message.error()).view());
    return;
  }
  const std::vector<Segment> table = segmentsOf(parser_.frame());
  std::vector<std::vector<std::byte>> memory;
  std::vector<CallerSegment> segments;
  for (const Segment &segment : table) {
    memory.emplace_back(segment.size);
    const auto direction = static_cast<SegmentDirection>(segment.direction);
    if (direction == SegmentDirection::In)
      // Whole segments of a sound frame are always there.
      (void)message->copyIn(segment.address, memory.back());
    segments.push_back({segment.address, memory.back(), direction});
  }
  auto outcome = call_(message->operation(), segments);
  if (!outcome) {
    const int errnoValue = outcome.error().errnoValue != 0 ? outcome.error().errnoValue : EIO;
    answerBare(sequence, -errnoValue, outcome.error().reason);
    return;
  }
  for (const CallerSegment &segment : segments) {
    if (segment.direction == SegmentDirection::Out)
      (void)message->copyOut(segment.address, segment.bytes);
  }
  send_(message->finish(outcome->result, fitting(outcome->reason)));
}

} // namespace suture::xen
