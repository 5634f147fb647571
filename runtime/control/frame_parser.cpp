// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/frame_parser.h"

#include <algorithm>
#include <cstring>

namespace suture {

using format::FrameHeader;
using format::FrameKind;

namespace {

bool isReset(const FrameHeader &header) noexcept {
  return header.magic == format::frameMagic && header.version == format::frameVersion &&
         header.kind == static_cast<uint16_t>(FrameKind::Reset) &&
         header.length == sizeof(FrameHeader) && header.result == 0 && header.segmentCount == 0 &&
         header.reasonSize == 0 && header.padding == 0;
}

} // namespace

void FrameParser::reset() noexcept {
  state_ = State::Header;
  filled_ = 0;
  length_ = 0;
  frame_ = {};
}

FrameHeader FrameParser::header() const noexcept {
  FrameHeader header;
  std::memcpy(&header, buffer_.data(), sizeof(header));
  return header;
}

size_t FrameParser::take(std::span<const std::byte> input, size_t wanted) noexcept {
  const size_t count = std::min(input.size(), wanted - filled_);
  std::ranges::copy(input.first(count), buffer_.begin() + static_cast<ptrdiff_t>(filled_));
  filled_ += count;
  return count;
}

FrameEvent FrameParser::feed(std::span<const std::byte> input) noexcept {
  FrameEvent event;
  size_t consumed = 0;
  while (event.kind == FrameEvent::Kind::NeedMore && consumed < input.size()) {
    const std::span<const std::byte> rest = input.subspan(consumed);
    switch (state_) {
    case State::Header:
      consumed += take(rest, sizeof(FrameHeader));
      if (filled_ == sizeof(FrameHeader))
        event = endOfHeader();
      break;
    case State::Body:
      consumed += take(rest, length_);
      break;
    case State::Skipping: {
      const size_t skipped = std::min(rest.size(), length_);
      consumed += skipped;
      length_ -= skipped;
      if (length_ == 0)
        reset();
      break;
    }
    case State::Lost:
      consumed += take(rest, sizeof(FrameHeader));
      if (filled_ == sizeof(FrameHeader))
        event = scan();
      break;
    }
    // A request may be a header alone, which endOfHeader() leaves in the Body state.
    if (state_ == State::Body && filled_ == length_ && length_ != 0) {
      event.kind = FrameEvent::Kind::Request;
      event.sequence = header().sequence;
      const size_t size = length_;
      reset();
      frame_ = buffer_.first(size);
    }
  }
  event.consumed = consumed;
  return event;
}

FrameEvent FrameParser::bad(const FrameHeader &header, State next, const Error &error) noexcept {
  reset();
  state_ = next;
  if (next == State::Skipping) {
    length_ = header.length - sizeof(FrameHeader);
    if (length_ == 0)
      reset();
  }
  return {.kind = FrameEvent::Kind::Bad,
          .consumed = 0,
          .sequence = header.magic == format::frameMagic ? header.sequence : 0,
          .error = error};
}

FrameEvent FrameParser::endOfHeader() noexcept {
  const FrameHeader h = header();
  if (h.magic != format::frameMagic)
    return bad(h, State::Lost, {.code = ErrorCode::FrameBadMagic, .value = h.magic});
  if (h.version != format::frameVersion)
    return bad(h, State::Lost,
               {.code = ErrorCode::FrameVersionUnknown,
                .value = h.version,
                .allowed = format::frameVersion});
  if (h.length < sizeof(FrameHeader))
    return bad(
        h, State::Lost,
        {.code = ErrorCode::FrameTooShort, .value = h.length, .allowed = sizeof(FrameHeader)});
  const uint64_t limit = std::min<uint64_t>(buffer_.size(), format::maxFrameSize);
  if (h.length > limit)
    return bad(h, State::Skipping,
               {.code = ErrorCode::FrameTooLong, .value = h.length, .allowed = limit});
  if (h.kind == static_cast<uint16_t>(FrameKind::Reset)) {
    if (!isReset(h))
      return bad(h, State::Skipping, {.code = ErrorCode::FrameReservedNotZero});
    reset();
    return {.kind = FrameEvent::Kind::Reset, .consumed = 0, .sequence = h.sequence, .error = {}};
  }
  if (h.kind != static_cast<uint16_t>(FrameKind::Request))
    return bad(h, State::Skipping, {.code = ErrorCode::FrameKindUnknown, .value = h.kind});
  if (h.result != 0 || h.reasonSize != 0 || h.padding != 0)
    return bad(h, State::Skipping, {.code = ErrorCode::FrameReservedNotZero});
  if (h.segmentCount > format::maxSegments)
    return bad(h, State::Skipping,
               {.code = ErrorCode::FrameTooManySegments,
                .value = h.segmentCount,
                .allowed = format::maxSegments});
  state_ = State::Body;
  length_ = h.length;
  return {};
}

FrameEvent FrameParser::scan() noexcept {
  const FrameHeader h = header();
  if (isReset(h)) {
    reset();
    return {.kind = FrameEvent::Kind::Reset, .consumed = 0, .sequence = h.sequence, .error = {}};
  }
  // One byte on.
  std::memmove(buffer_.data(), buffer_.data() + 1, sizeof(FrameHeader) - 1);
  filled_ = sizeof(FrameHeader) - 1;
  return {};
}

} // namespace suture
