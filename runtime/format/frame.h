// SPDX-License-Identifier: Apache-2.0
#pragma once
// The frames that carry a LivepatchOp over a byte stream (suture-hv's virtio serial port; `suture
// vm`'s broker).
//
//   request   FrameHeader | LivepatchOp | Segment[segmentCount] | bytes of each In segment, in
//   order response  FrameHeader | LivepatchOp | Segment[segmentCount] | bytes of each Out segment,
//   in order | reason text
//
// A segment is a piece of the caller's memory that a handle of the operation names: [address,
// address + size). The hypervisor's copy-in and copy-out reach only what lies inside a segment of
// the right direction. In a response, only the Out segments come back, each with the size of what
// was written: a prefix of the buffer. All numbers are little-endian. A frame that is malformed
// gets an error response; the stream goes on after it where its length could be trusted, else with
// the next session.

#include "runtime/format/control.h"

namespace suture::format {

inline constexpr uint32_t frameMagic = 0x52545553; // "SUTR"
inline constexpr uint16_t frameVersion = 1;

/// Most bytes of a frame: a payload of maxPayloadSize, its name and what goes with them, or a long
/// list.
inline constexpr uint32_t maxFrameSize = 4 * 1024 * 1024;

/// Most segments of a frame: List needs five.
inline constexpr uint32_t maxSegments = 8;

/// Most bytes of a reason text.
inline constexpr uint32_t maxReasonSize = 1024;

enum class FrameKind : uint16_t {
  /// Client to hypervisor: a LivepatchOp.
  Request = 1,
  /// Hypervisor to client: its outcome.
  Response = 2,
  /// Client to hypervisor: forget all bytes so far; answered by a Response with the same sequence
  /// and no body.
  /// A parser that has lost its place looks for this frame's 32 bytes alone.
  Reset = 3,
};

struct FrameHeader {
  uint32_t magic;
  uint16_t version;
  /// A FrameKind.
  uint16_t kind;
  /// Bytes of the whole frame, this header included.
  uint32_t length;
  /// Chosen by the client; the response carries the same.
  uint32_t sequence;
  /// Response: 0 or more on success (List: entries copied), else a negated Errno. Request: 0.
  int32_t result;
  uint32_t segmentCount;
  /// Response: bytes of UTF-8 text at the end of the frame that say why; no NUL. Request: 0.
  uint32_t reasonSize;
  /// Zero.
  uint32_t padding;
};
static_assert(std::is_standard_layout_v<FrameHeader> && sizeof(FrameHeader) == 32);

enum class SegmentDirection : uint32_t { In = 1, Out = 2 };

struct Segment {
  /// The caller's address.
  Handle address;
  /// Request: bytes of the buffer. Response: bytes that follow for it.
  uint32_t size;
  /// A SegmentDirection.
  uint32_t direction;
};
static_assert(sizeof(Segment) == 16);

} // namespace suture::format
