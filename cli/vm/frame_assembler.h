// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/format/frame.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace suture::vm {

/// Cuts a byte stream into whole frames. It looks at headers alone; what is inside a frame is the
/// business of those who exchange them.
class FrameAssembler final {
public:
  enum class Event : uint8_t {
    /// More bytes are needed.
    Incomplete,
    /// frame() is whole.
    Frame,
    /// The bytes are no frame. A client's are then skipped up to its next Reset, the hypervisor's
    /// up to what looks like a frame.
    LostPlace,
  };

  /// Whose stream it is: clients send requests and Resets, the hypervisor sends responses.
  enum class From : uint8_t { Client, Hypervisor };
  explicit FrameAssembler(From from) : from_(from) {}

  void add(std::span<const std::byte> bytes) {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }
  /// Looks for the next frame. After Frame, take it before the next call.
  Event next();
  /// The whole frame that next() found, removed from the stream.
  std::vector<std::byte> take();

  /// The header at the front, where there is one.
  std::optional<format::FrameHeader> header() const;
  /// Whether a part of a frame is waiting for its rest.
  bool hasPartial() const { return !buffer_.empty() && !lost_; }

private:
  bool isSound(const format::FrameHeader &header) const;
  bool skipToReset();
  void skipToMagic();

  From from_;
  std::vector<std::byte> buffer_;
  bool lost_ = false;
};

/// Whether `header` is that of a Reset, all of its 32 bytes.
bool isReset(const format::FrameHeader &header);

} // namespace suture::vm
