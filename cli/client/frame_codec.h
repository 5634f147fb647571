// SPDX-License-Identifier: Apache-2.0
#pragma once
// LivepatchOp and its buffers to a request frame; a response frame back into them.

#include "cli/client/client_error.h"
#include "runtime/format/frame.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace suture::client {

/// A piece of this process's memory that a handle of an operation names.
struct Buffer {
  std::span<std::byte> bytes;
  format::SegmentDirection direction;
};

/// The handle that names the memory at `address`.
format::Handle handleOf(const void *address);

/// What the hypervisor made of a request.
struct Outcome {
  /// 0 or more on success, else a negated errno.
  int32_t result;
  /// Why, as the hypervisor says it; often empty on success.
  std::string reason;
};

/// Encodes a request. Every In buffer's bytes go along.
/// Errors: Failed (the frame would be longer than maxFrameSize).
Expected<std::vector<std::byte>> encodeRequest(uint32_t sequence, const format::LivepatchOp &op,
                                               std::span<const Buffer> buffers);

/// The 32 bytes of a Reset.
std::vector<std::byte> encodeReset(uint32_t sequence);

/// The header in the first bytes of a response, checked as far as it can be alone.
/// \param bytes  sizeof(FrameHeader) bytes.
/// Errors: Protocol.
Expected<format::FrameHeader> decodeResponseHeader(std::span<const std::byte> bytes);

/// Takes a response apart: copies the operation into `op` and what the hypervisor wrote into the
/// Out buffers. Nothing is written past a buffer, whatever the frame says.
/// \param body  the frame without its header.
/// Errors: Protocol.
Expected<Outcome> decodeResponse(const format::FrameHeader &header, std::span<const std::byte> body,
                                 format::LivepatchOp &op, std::span<const Buffer> buffers);

} // namespace suture::client
