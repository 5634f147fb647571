// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/client_error.h"
#include "cli/client/unique_fd.h"

#include <csignal>

namespace suture::client {

/// Turns SIGINT, SIGTERM and SIGHUP into something that can be asked for and polled, while it
/// lives: an operation is then stopped between two requests, not in the middle of one.
/// Context: the process has one thread.
class Interrupt final {
public:
  static Expected<Interrupt> open();
  Interrupt(Interrupt &&other) noexcept;
  Interrupt &operator=(Interrupt &&) = delete;
  /// Gives the signals back to the process; one that came is not raised again.
  ~Interrupt();

  /// Readable while a signal waits to be counted.
  int fd() const { return fd_.get(); }
  /// How many signals came so far.
  unsigned count();
  /// The last signal that came; 0 for none.
  int signal() const { return signal_; }

private:
  Interrupt(UniqueFd fd, sigset_t before) : fd_(std::move(fd)), before_(before) {}

  UniqueFd fd_;
  sigset_t before_;
  unsigned count_ = 0;
  int signal_ = 0;
};

} // namespace suture::client
