// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a byte stream to whole frames.
//
//   Header --32 good bytes--> Body --length bytes--> a frame --> Header
//     | too long, wrong kind: its length can be trusted     \--> Skipping --> Header
//     | bad magic, version or length: nothing can be trusted --> Lost --a Reset frame--> Header

#include "runtime/error/error.h"
#include "runtime/format/frame.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace suture {

/// What feed() found.
struct FrameEvent {
  enum class Kind : uint8_t {
    /// All bytes were taken; nothing to do yet.
    NeedMore,
    /// A whole request frame is in frame().
    Request,
    /// A Reset frame: to be answered with its sequence number and no body.
    Reset,
    /// A malformed frame: `error` says why, and is to be answered.
    Bad,
  };
  Kind kind = Kind::NeedMore;
  /// Bytes of the input that were taken.
  size_t consumed = 0;
  /// The frame's own, 0 where it is not known.
  uint32_t sequence = 0;
  std::optional<Error> error;
};

class FrameParser final {
public:
  /// \param buffer  holds one frame; frames longer than it are refused. At least a header. Outlives
  ///                the parser.
  explicit FrameParser(std::span<std::byte> buffer) noexcept : buffer_(buffer) {}
  FrameParser(const FrameParser &) = delete;
  FrameParser &operator=(const FrameParser &) = delete;

  /// Takes bytes until there is something to do or none are left. Call again with the rest.
  [[nodiscard]] FrameEvent feed(std::span<const std::byte> input) noexcept;

  /// The whole frame after a Request event; valid until the next feed().
  [[nodiscard]] std::span<const std::byte> frame() const noexcept { return frame_; }

  /// Forgets everything: a new session starts.
  void reset() noexcept;

private:
  enum class State : uint8_t { Header, Body, Skipping, Lost };

  size_t take(std::span<const std::byte> input, size_t wanted) noexcept;
  [[nodiscard]] FrameEvent endOfHeader() noexcept;
  [[nodiscard]] FrameEvent bad(const format::FrameHeader &header, State next,
                               const Error &error) noexcept;
  [[nodiscard]] FrameEvent scan() noexcept;
  [[nodiscard]] format::FrameHeader header() const noexcept;

  std::span<std::byte> buffer_;
  std::span<const std::byte> frame_;
  State state_ = State::Header;
  /// Bytes of the current frame in the buffer.
  size_t filled_ = 0;
  /// Length of the frame in the Body state; bytes left in the Skipping state.
  size_t length_ = 0;
};

} // namespace suture
