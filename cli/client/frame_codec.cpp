// SPDX-License-Identifier: Apache-2.0
#include "cli/client/frame_codec.h"

#include <bit>
#include <cerrno>
#include <cstring>

namespace suture::client {

using format::FrameHeader;
using format::FrameKind;
using format::LivepatchOp;
using format::Segment;
using format::SegmentDirection;

namespace {

std::unexpected<ClientError> malformed(std::string what) {
  return failure(ErrorKind::Protocol, EPROTO, "malformed answer: " + std::move(what));
}

template <typename T> void append(std::vector<std::byte> &frame, const T &value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  frame.insert(frame.end(), bytes.begin(), bytes.end());
}

/// Takes bytes off the front of a frame, never more than there are.
class Reader final {
public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <typename T> bool take(T &value) {
    if (bytes_.size() < sizeof(T))
      return false;
    std::memcpy(&value, bytes_.data(), sizeof(T));
    bytes_ = bytes_.subspan(sizeof(T));
    return true;
  }
  bool take(std::span<std::byte> to) {
    if (bytes_.size() < to.size())
      return false;
    if (!to.empty())
      std::memcpy(to.data(), bytes_.data(), to.size());
    bytes_ = bytes_.subspan(to.size());
    return true;
  }
  std::span<const std::byte> rest() const { return bytes_; }

private:
  std::span<const std::byte> bytes_;
};

const Buffer *findOut(std::span<const Buffer> buffers, const Segment &segment) {
  for (const Buffer &buffer : buffers) {
    if (buffer.direction == SegmentDirection::Out &&
        handleOf(buffer.bytes.data()) == segment.address && segment.size <= buffer.bytes.size())
      return &buffer;
  }
  return nullptr;
}

Expected<void> decodeSegments(Reader &reader, uint32_t count, std::span<const Buffer> buffers) {
  std::vector<Segment> segments(count);
  for (Segment &segment : segments) {
    if (!reader.take(segment))
      return malformed("the table of segments is cut short");
    if (segment.direction != static_cast<uint32_t>(SegmentDirection::Out))
      return malformed("a segment that is not for the client");
  }
  for (const Segment &segment : segments) {
    const Buffer *buffer = findOut(buffers, segment);
    if (buffer == nullptr)
      return malformed("a segment that was not asked for");
    if (!reader.take(buffer->bytes.first(segment.size)))
      return malformed("a segment is cut short");
  }
  return {};
}

} // namespace

format::Handle handleOf(const void *address) { return std::bit_cast<uintptr_t>(address); }

Expected<std::vector<std::byte>> encodeRequest(uint32_t sequence, const LivepatchOp &op,
                                               std::span<const Buffer> buffers) {
  uint64_t length = sizeof(FrameHeader) + sizeof(LivepatchOp) + buffers.size() * sizeof(Segment);
  for (const Buffer &buffer : buffers)
    length += buffer.direction == SegmentDirection::In ? buffer.bytes.size() : 0;
  if (length > format::maxFrameSize)
    return failure(ErrorKind::Refused, E2BIG, "the request is too large for one frame");

  std::vector<std::byte> frame;
  frame.reserve(length);
  FrameHeader header{};
  header.magic = format::frameMagic;
  header.version = format::frameVersion;
  header.kind = static_cast<uint16_t>(FrameKind::Request);
  header.length = static_cast<uint32_t>(length);
  header.sequence = sequence;
  header.segmentCount = static_cast<uint32_t>(buffers.size());
  append(frame, header);
  append(frame, op);
  for (const Buffer &buffer : buffers)
    append(frame, Segment{handleOf(buffer.bytes.data()), static_cast<uint32_t>(buffer.bytes.size()),
                          static_cast<uint32_t>(buffer.direction)});
  for (const Buffer &buffer : buffers) {
    if (buffer.direction == SegmentDirection::In)
      frame.insert(frame.end(), buffer.bytes.begin(), buffer.bytes.end());
  }
  return frame;
}

std::vector<std::byte> encodeReset(uint32_t sequence) {
  FrameHeader header{};
  header.magic = format::frameMagic;
  header.version = format::frameVersion;
  header.kind = static_cast<uint16_t>(FrameKind::Reset);
  header.length = sizeof(FrameHeader);
  header.sequence = sequence;
  std::vector<std::byte> frame;
  append(frame, header);
  return frame;
}

Expected<FrameHeader> decodeResponseHeader(std::span<const std::byte> bytes) {
  FrameHeader header;
  if (bytes.size() != sizeof(header))
    return malformed("no whole header");
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.magic != format::frameMagic)
    return malformed("not a frame");
  if (header.version != format::frameVersion)
    return malformed("protocol version " + std::to_string(header.version) +
                     ", this client speaks " + std::to_string(format::frameVersion));
  if (header.kind != static_cast<uint16_t>(FrameKind::Response))
    return malformed("a frame that is not a response");
  if (header.length < sizeof(header) || header.length > format::maxFrameSize)
    return malformed("length " + std::to_string(header.length));
  if (header.segmentCount > format::maxSegments || header.reasonSize > format::maxReasonSize)
    return malformed("too many segments or too long a reason");
  return header;
}

Expected<Outcome> decodeResponse(const FrameHeader &header, std::span<const std::byte> body,
                                 LivepatchOp &op, std::span<const Buffer> buffers) {
  Reader reader(body);
  // The answer to a frame that could not be understood has a reason and nothing else.
  const bool bare = header.segmentCount == 0 && body.size() == header.reasonSize;
  if (!bare) {
    LivepatchOp answered;
    if (!reader.take(answered))
      return malformed("no whole operation");
    if (answered.command != op.command)
      return malformed("the answer to another operation");
    op = answered;
    SUTURE_CLIENT_TRY(decodeSegments(reader, header.segmentCount, buffers));
  } else if (header.result >= 0) {
    return malformed("success without a body");
  }
  if (reader.rest().size() != header.reasonSize)
    return malformed("its parts do not add up to its length");
  Outcome outcome{header.result, std::string(header.reasonSize, '\0')};
  reader.take(std::as_writable_bytes(std::span(outcome.reason)));
  return outcome;
}

} // namespace suture::client
