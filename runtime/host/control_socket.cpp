// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/control_socket.h"

#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace suture::host {
namespace {

/// How late a probation may end, and how late stop is seen.
constexpr int pollMs = 10;

bool isReadable(int descriptor) {
  pollfd wait{.fd = descriptor, .events = POLLIN, .revents = 0};
  return poll(&wait, 1, pollMs) > 0;
}

/// False when the client is gone.
bool sendAll(int client, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0 && errno != EINTR)
      return false;
    if (sent > 0)
      bytes = bytes.subspan(static_cast<size_t>(sent));
  }
  return true;
}

} // namespace

ControlSocket::ControlSocket(LivepatchCore<HostPlatform> &core)
    : core_(core), handler_(core), request_(frameBufferSize), answer_(frameBufferSize),
      channel_(handler_, request_, answer_) {}

ControlSocket::~ControlSocket() {
  if (listener_ < 0)
    return;
  close(listener_);
  unlink(path_.c_str());
}

std::string ControlSocket::listen(const std::string &path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    return "socket path is too long: " + path;
  path.copy(address.sun_path, path.size());
  path_ = path;
  unlink(path.c_str());
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener_ < 0 ||
      bind(listener_, reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0 ||
      ::listen(listener_, 16) != 0)
    return path + ": " + std::strerror(errno);
  return {};
}

void ControlSocket::runWork() noexcept {
  // Between requests no frame of a patchable function is on this thread's stack.
  if (core_.hasWork(HostCpu::nowNs()))
    core_.runPending();
}

void ControlSocket::serve(const std::atomic<bool> &stop) {
  while (!stop) {
    runWork();
    if (!isReadable(listener_))
      continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0)
      continue;
    channel_.startSession();
    serveClient(client, stop);
    close(client);
  }
}

void ControlSocket::serveClient(int client, const std::atomic<bool> &stop) {
  std::byte buffer[16384];
  while (!stop) {
    runWork();
    if (!isReadable(client))
      continue;
    const ssize_t received = recv(client, buffer, sizeof(buffer), 0);
    if (received <= 0)
      return;
    bool alive = true;
    channel_.receive(std::span{buffer}.first(static_cast<size_t>(received)),
                     [&](std::span<const std::byte> answer) {
                       alive = alive && sendAll(client, answer);
                       runWork();
                     });
    if (!alive)
      return;
  }
}

} // namespace suture::host
