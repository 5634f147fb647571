// SPDX-License-Identifier: Apache-2.0
// Out segments get their largest size in the answer while the handler runs, and move together when
// it is done:
//
//   while handling   header | op | segments | name buffer......| status......| reason
//   finished         header | op | segments | names|status|reason

#include "runtime/control/frame_message.h"

#include <algorithm>
#include <cstring>

namespace suture {

using format::FrameHeader;
using format::FrameKind;
using format::LivepatchOp;
using format::Segment;
using format::SegmentDirection;

namespace {

constexpr size_t fixedSize = sizeof(FrameHeader) + sizeof(LivepatchOp);

bool isDirection(const Segment &segment, SegmentDirection direction) noexcept {
  return segment.direction == static_cast<uint32_t>(direction);
}

} // namespace

Result<FrameMemory> FrameMemory::open(std::span<const std::byte> frame,
                                      std::span<std::byte> answer) noexcept {
  FrameMemory memory{frame, answer};
  std::memcpy(&memory.header_, frame.data(), sizeof(FrameHeader));
  SUTURE_TRY(memory.readSegments());
  SUTURE_TRY(memory.placeSegments());
  return memory;
}

Result<> FrameMemory::readSegments() noexcept {
  const uint64_t headSize = fixedSize + uint64_t{header_.segmentCount} * sizeof(Segment);
  if (frame_.size() < headSize)
    return fail({.code = ErrorCode::FrameTooShort, .value = frame_.size(), .allowed = headSize});
  std::memcpy(&operation_, frame_.data() + sizeof(FrameHeader), sizeof(operation_));

  uint64_t offset = headSize;
  for (uint32_t index = 0; index < header_.segmentCount; ++index) {
    Part &part = parts_[index];
    std::memcpy(&part.segment, frame_.data() + fixedSize + index * sizeof(Segment),
                sizeof(Segment));
    const Segment &segment = part.segment;
    const bool in = isDirection(segment, SegmentDirection::In);
    if ((!in && !isDirection(segment, SegmentDirection::Out)) ||
        segment.address + segment.size < segment.address)
      return fail({.code = ErrorCode::FrameSegmentBad, .entry = index, .value = segment.direction});
    if (in) {
      part.offset = offset;
      offset += segment.size;
    }
  }
  if (offset != frame_.size())
    return fail(
        {.code = offset > frame_.size() ? ErrorCode::FrameTooShort : ErrorCode::FrameLengthWrong,
         .value = frame_.size(),
         .allowed = offset});
  return {};
}

Result<> FrameMemory::placeSegments() noexcept {
  uint64_t offset = fixedSize;
  for (const Part &part : parts_)
    if (isDirection(part.segment, SegmentDirection::Out))
      offset += sizeof(Segment);
  for (Part &part : parts_)
    if (isDirection(part.segment, SegmentDirection::Out)) {
      part.offset = offset;
      offset += part.segment.size;
    }
  const uint64_t needed = offset + format::maxReasonSize;
  const uint64_t room = std::min<uint64_t>(answer_.size(), format::maxFrameSize);
  if (needed > room)
    return fail({.code = ErrorCode::FrameResponseTooLong, .value = needed, .allowed = room});
  return {};
}

const FrameMemory::Part *FrameMemory::find(format::Handle handle, uint64_t size,
                                           SegmentDirection direction) const noexcept {
  for (const Part &part : parts_) {
    const Segment &segment = part.segment;
    const uint64_t offset = handle - segment.address;
    if (isDirection(segment, direction) && handle >= segment.address && offset <= segment.size &&
        size <= segment.size - offset)
      return &part;
  }
  return nullptr;
}

bool FrameMemory::readable(format::Handle handle, uint64_t size) const noexcept {
  return size == 0 || find(handle, size, SegmentDirection::In) != nullptr;
}

bool FrameMemory::writable(format::Handle handle, uint64_t size) const noexcept {
  return size == 0 || find(handle, size, SegmentDirection::Out) != nullptr;
}

bool FrameMemory::copyIn(format::Handle handle, std::span<std::byte> out) const noexcept {
  const Part *part = find(handle, out.size(), SegmentDirection::In);
  if (part == nullptr)
    return out.empty();
  std::memcpy(out.data(), frame_.data() + part->offset + (handle - part->segment.address),
              out.size());
  return true;
}

bool FrameMemory::copyOut(format::Handle handle, std::span<const std::byte> in) noexcept {
  const Part *found = find(handle, in.size(), SegmentDirection::Out);
  if (found == nullptr)
    return in.empty();
  Part &part = parts_[static_cast<size_t>(found - parts_.data())];
  const size_t offset = handle - part.segment.address;
  std::byte *start = answer_.data() + part.offset;
  // What the handler leaves out must not carry bytes of an earlier answer.
  if (offset > part.written)
    std::memset(start + part.written, 0, offset - part.written);
  std::memcpy(start + offset, in.data(), in.size());
  part.written = std::max(part.written, offset + in.size());
  return true;
}

std::span<const std::byte> FrameMemory::finish(int32_t result, std::string_view reason) noexcept {
  uint32_t outCount = 0;
  for (const Part &part : parts_)
    outCount += isDirection(part.segment, SegmentDirection::Out) ? 1 : 0;

  size_t offset = fixedSize;
  for (const Part &part : parts_)
    if (isDirection(part.segment, SegmentDirection::Out)) {
      Segment segment = part.segment;
      segment.size = static_cast<uint32_t>(part.written);
      std::memcpy(answer_.data() + offset, &segment, sizeof(segment));
      offset += sizeof(segment);
    }
  for (const Part &part : parts_)
    if (isDirection(part.segment, SegmentDirection::Out)) {
      std::memmove(answer_.data() + offset, answer_.data() + part.offset, part.written);
      offset += part.written;
    }
  std::ranges::copy(std::as_bytes(std::span{reason}), answer_.data() + offset);
  offset += reason.size();

  const FrameHeader header{.magic = format::frameMagic,
                           .version = format::frameVersion,
                           .kind = static_cast<uint16_t>(FrameKind::Response),
                           .length = static_cast<uint32_t>(offset),
                           .sequence = header_.sequence,
                           .result = result,
                           .segmentCount = outCount,
                           .reasonSize = static_cast<uint32_t>(reason.size()),
                           .padding = 0};
  std::memcpy(answer_.data(), &header, sizeof(header));
  std::memcpy(answer_.data() + sizeof(header), &operation_, sizeof(operation_));
  return answer_.first(offset);
}

std::span<const std::byte> makeBareAnswer(std::span<std::byte> answer, uint32_t sequence,
                                          int32_t result, std::string_view reason) noexcept {
  const FrameHeader header{.magic = format::frameMagic,
                           .version = format::frameVersion,
                           .kind = static_cast<uint16_t>(FrameKind::Response),
                           .length = static_cast<uint32_t>(sizeof(FrameHeader) + reason.size()),
                           .sequence = sequence,
                           .result = result,
                           .segmentCount = 0,
                           .reasonSize = static_cast<uint32_t>(reason.size()),
                           .padding = 0};
  std::memcpy(answer.data(), &header, sizeof(header));
  std::ranges::copy(std::as_bytes(std::span{reason}), answer.data() + sizeof(header));
  return answer.first(header.length);
}

} // namespace suture
