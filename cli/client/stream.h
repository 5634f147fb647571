// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bytes over a descriptor, with bounded waits: EINTR is retried, a closed peer is an error and not
// a signal.

#include "cli/client/client_error.h"
#include "cli/client/interrupt.h"
#include "cli/client/unique_fd.h"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

namespace suture::client {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

/// Milliseconds until `deadline`, rounded up, at least 0: an argument for poll().
int pollTimeout(Deadline deadline);

/// How long a request that was sent may still take after the user's first Ctrl-C.
inline constexpr std::chrono::seconds interruptGrace{5};

/// A byte stream with a peer, and the signals that end a wait on it early.
class Stream final {
public:
  /// `interrupt` may be null; it outlives the stream.
  Stream(UniqueFd fd, Interrupt *interrupt) : fd_(std::move(fd)), interrupt_(interrupt) {}

  /// Sends all of `bytes`. Errors: TryAgain (deadline), Unreachable (peer gone), Interrupted.
  Expected<void> send(std::span<const std::byte> bytes, Deadline deadline);
  /// Fills all of `bytes`. Errors as send().
  Expected<void> receive(std::span<std::byte> bytes, Deadline deadline);

  /// Whether the user wants to stop.
  bool interrupted() const { return interrupt_ != nullptr && interrupt_->count() != 0; }
  int fd() const { return fd_.get(); }

private:
  Expected<void> wait(short events, Deadline deadline);

  UniqueFd fd_;
  Interrupt *interrupt_;
};

/// Connects to the Unix socket at `path`, however long the path is.
/// Errors: Unreachable, with what connect() said.
Expected<UniqueFd> connectUnix(const std::string &path);

} // namespace suture::client
