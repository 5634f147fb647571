// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/frame_codec.h"
#include "cli/client/stream.h"

#include <chrono>

namespace suture::client {

/// A session of frames with a hypervisor, or with the broker of a `suture vm`.
class Connection final {
public:
  /// Longest wait for the answer to one request.
  static constexpr std::chrono::seconds defaultAnswerBound{60};

  /// Starts the session with a Reset, and skips whatever an earlier session left in the stream.
  /// Errors: Unreachable, TryAgain (nobody answered in time), Interrupted.
  static Expected<Connection> open(Stream stream,
                                   std::chrono::milliseconds answerBound = defaultAnswerBound);

  /// Carries one operation to the hypervisor and its results back into `op` and the Out buffers.
  /// Errors: Unreachable, TryAgain, Protocol, Interrupted; after any of these the session is over.
  Expected<Outcome> call(format::LivepatchOp &op, std::span<const Buffer> buffers);

private:
  Connection(Stream stream, std::chrono::milliseconds answerBound, uint32_t sequence)
      : stream_(std::move(stream)), answerBound_(answerBound), sequence_(sequence) {}
  Expected<void> reset();

  Stream stream_;
  std::chrono::milliseconds answerBound_;
  uint32_t sequence_;
  bool broken_ = false;
};

} // namespace suture::client
