// SPDX-License-Identifier: Apache-2.0
#include "cli/client/stream.h"

#include "cli/client/unix_address.h"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace suture::client {

int pollTimeout(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  constexpr decltype(left) longest = 60'000;
  return static_cast<int>(left < 0 ? 0 : left > longest ? longest : left);
}

// The first Ctrl-C shortens the wait to interruptGrace, since the answer usually comes at once and
// tells what state things are in; the second one ends it.
Expected<void> Stream::wait(short events, Deadline deadline) {
  bool shortened = false;
  while (true) {
    if (interrupt_ != nullptr && interrupt_->count() != 0) {
      if (interrupt_->count() > 1)
        return failure(ErrorKind::Interrupted, EINTR, "interrupted while waiting for the answer");
      if (!shortened)
        deadline = std::min(deadline, Clock::now() + interruptGrace);
      shortened = true;
    }
    pollfd fds[2] = {{fd_.get(), events, 0}, {interrupt_ ? interrupt_->fd() : -1, POLLIN, 0}};
    const int ready = poll(fds, 2, pollTimeout(deadline));
    if (ready < 0 && errno != EINTR)
      return std::unexpected(systemError("cannot wait for the hypervisor", errno));
    if (ready > 0 && fds[0].revents != 0)
      return {};
    if (Clock::now() >= deadline)
      return shortened ? failure(ErrorKind::Interrupted, EINTR, "interrupted; no answer came")
                       : failure(ErrorKind::TryAgain, ETIMEDOUT, "no answer in time");
  }
}

Expected<void> Stream::send(std::span<const std::byte> bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes = bytes.subspan(static_cast<size_t>(sent));
    } else if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) {
      return failure(ErrorKind::Unreachable, errno, "the connection was closed while sending");
    } else if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
      return std::unexpected(systemError("cannot send", errno));
    } else {
      SUTURE_CLIENT_TRY(wait(POLLOUT, deadline));
    }
  }
  return {};
}

Expected<void> Stream::receive(std::span<std::byte> bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t got = recv(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) {
      bytes = bytes.subspan(static_cast<size_t>(got));
    } else if (got == 0 || (got < 0 && errno == ECONNRESET)) {
      return failure(ErrorKind::Unreachable, ECONNRESET,
                     "the connection was closed before the answer came");
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
      return std::unexpected(systemError("cannot receive", errno));
    } else {
      SUTURE_CLIENT_TRY(wait(POLLIN, deadline));
    }
  }
  return {};
}

Expected<UniqueFd> connectUnix(const std::string &path) {
  auto address = UnixAddress::of(path);
  if (!address)
    return std::unexpected(address.error());
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd)
    return std::unexpected(systemError("cannot open a socket", errno));
  // A full backlog makes a blocking connect() wait without bound; a non-blocking one says EAGAIN.
  const timeval limit{5, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  int result = -1;
  do
    result = connect(fd.get(), address->get(), address->size());
  while (result != 0 && errno == EINTR);
  if (result != 0) {
    const auto kind = errno == EAGAIN ? ErrorKind::TryAgain : ErrorKind::Unreachable;
    return failure(kind, errno, "cannot connect to " + path + ": " + errnoText(errno));
  }
  return fd;
}

} // namespace suture::client
