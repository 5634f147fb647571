// SPDX-License-Identifier: Apache-2.0
#include "cli/client/interrupt.h"

#include <cerrno>
#include <sys/signalfd.h>

namespace suture::client {

Expected<Interrupt> Interrupt::open() {
  sigset_t wanted;
  sigset_t before;
  sigemptyset(&wanted);
  for (int signal : {SIGINT, SIGTERM, SIGHUP})
    sigaddset(&wanted, signal);
  if (sigprocmask(SIG_BLOCK, &wanted, &before) != 0)
    return std::unexpected(systemError("cannot block signals", errno));
  UniqueFd fd(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd)
    return std::unexpected(systemError("cannot open a signal descriptor", errno));
  return Interrupt(std::move(fd), before);
}

Interrupt::Interrupt(Interrupt &&other) noexcept
    : fd_(std::move(other.fd_)), before_(other.before_), count_(other.count_),
      signal_(other.signal_) {}

Interrupt::~Interrupt() {
  if (!fd_)
    return;
  count();
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

unsigned Interrupt::count() {
  signalfd_siginfo info;
  while (read(fd_.get(), &info, sizeof(info)) == ssize_t{sizeof(info)}) {
    ++count_;
    signal_ = static_cast<int>(info.ssi_signo);
  }
  return count_;
}

} // namespace suture::client
