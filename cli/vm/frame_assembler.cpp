// SPDX-License-Identifier: Apache-2.0
#include "cli/vm/frame_assembler.h"

#include <cstring>

namespace suture::vm {

using format::FrameHeader;
using format::FrameKind;

bool isReset(const FrameHeader &header) {
  return header.magic == format::frameMagic && header.version == format::frameVersion &&
         header.kind == static_cast<uint16_t>(FrameKind::Reset) &&
         header.length == sizeof(FrameHeader) && header.result == 0 && header.segmentCount == 0 &&
         header.reasonSize == 0 && header.padding == 0;
}

std::optional<FrameHeader> FrameAssembler::header() const {
  if (buffer_.size() < sizeof(FrameHeader))
    return std::nullopt;
  FrameHeader header;
  std::memcpy(&header, buffer_.data(), sizeof(header));
  return header;
}

bool FrameAssembler::isSound(const FrameHeader &header) const {
  if (header.magic != format::frameMagic || header.version != format::frameVersion ||
      header.length < sizeof(FrameHeader) || header.length > format::maxFrameSize)
    return false;
  const auto kind = static_cast<FrameKind>(header.kind);
  if (from_ == From::Hypervisor)
    return kind == FrameKind::Response;
  return kind == FrameKind::Request || isReset(header);
}

// Only whole 32-byte Resets end the search, so the last 31 bytes may be the start of one and stay.
bool FrameAssembler::skipToReset() {
  size_t offset = 0;
  for (; offset + sizeof(FrameHeader) <= buffer_.size(); ++offset) {
    FrameHeader header;
    std::memcpy(&header, buffer_.data() + offset, sizeof(header));
    if (isReset(header)) {
      lost_ = false;
      break;
    }
  }
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<ptrdiff_t>(offset));
  return !lost_;
}

void FrameAssembler::skipToMagic() {
  size_t offset = 1;
  for (; offset + sizeof(format::frameMagic) <= buffer_.size(); ++offset) {
    if (std::memcmp(buffer_.data() + offset, &format::frameMagic, sizeof(format::frameMagic)) == 0)
      break;
  }
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<ptrdiff_t>(offset));
}

FrameAssembler::Event FrameAssembler::next() {
  if (lost_ && !skipToReset())
    return Event::Incomplete;
  const auto found = header();
  if (!found)
    return Event::Incomplete;
  if (!isSound(*found)) {
    lost_ = from_ == From::Client;
    if (!lost_)
      skipToMagic();
    return Event::LostPlace;
  }
  return buffer_.size() >= found->length ? Event::Frame : Event::Incomplete;
}

std::vector<std::byte> FrameAssembler::take() {
  const auto length = static_cast<ptrdiff_t>(header()->length);
  std::vector<std::byte> frame(buffer_.begin(), buffer_.begin() + length);
  buffer_.erase(buffer_.begin(), buffer_.begin() + length);
  return frame;
}

} // namespace suture::vm
