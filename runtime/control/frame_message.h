// SPDX-License-Identifier: Apache-2.0
#pragma once
// The inside of a frame: the operation and the caller's memory that comes with it; and the answer.

#include "runtime/error/try.h"
#include "runtime/format/frame.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace suture {

/// A request frame's segments as caller memory: what the handler may read is in the frame, what it
/// writes goes to its place in the answer. Satisfies CallerMemory.
class FrameMemory final {
public:
  /// Takes a request frame apart.
  /// \param frame   a whole request frame, as FrameParser gave it; outlives this.
  /// \param answer  where the answer will be made; outlives this.
  /// Errors: FrameTooShort, FrameLengthWrong, FrameSegmentBad, FrameResponseTooLong.
  [[nodiscard]] static Result<FrameMemory> open(std::span<const std::byte> frame,
                                                std::span<std::byte> answer) noexcept;

  [[nodiscard]] format::LivepatchOp &operation() noexcept { return operation_; }

  [[nodiscard]] bool readable(format::Handle handle, uint64_t size) const noexcept;
  [[nodiscard]] bool writable(format::Handle handle, uint64_t size) const noexcept;
  [[nodiscard]] bool copyIn(format::Handle handle, std::span<std::byte> out) const noexcept;
  [[nodiscard]] bool copyOut(format::Handle handle, std::span<const std::byte> in) noexcept;

  /// Makes the answer in the buffer that open() was given: header, operation, what was written to
  /// each Out segment, reason. Nothing may be copied out after it.
  [[nodiscard]] std::span<const std::byte> finish(int32_t result, std::string_view reason) noexcept;

private:
  struct Part {
    format::Segment segment{};
    /// In: offset in the request. Out: offset in the answer.
    size_t offset = 0;
    /// Out: bytes written, from the start.
    size_t written = 0;
  };

  FrameMemory(std::span<const std::byte> frame, std::span<std::byte> answer) noexcept
      : frame_(frame), answer_(answer) {}

  [[nodiscard]] Result<> readSegments() noexcept;
  [[nodiscard]] Result<> placeSegments() noexcept;
  [[nodiscard]] const Part *find(format::Handle handle, uint64_t size,
                                 format::SegmentDirection direction) const noexcept;

  std::span<const std::byte> frame_;
  std::span<std::byte> answer_;
  format::FrameHeader header_{};
  format::LivepatchOp operation_{};
  std::array<Part, format::maxSegments> parts_{};
};

/// An answer without a body: to a Reset (result 0, no reason) or to a malformed frame.
/// \param answer  at least sizeof(FrameHeader) + maxReasonSize bytes.
[[nodiscard]] std::span<const std::byte> makeBareAnswer(std::span<std::byte> answer,
                                                        uint32_t sequence, int32_t result,
                                                        std::string_view reason) noexcept;

} // namespace suture
