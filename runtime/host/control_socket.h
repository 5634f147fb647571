// SPDX-License-Identifier: Apache-2.0
#pragma once
// The control channel of a host process: a Unix socket, one client after another.

#include "runtime/control/frame_channel.h"
#include "runtime/host/host_platform.h"

#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

namespace suture::host {

/// Serves a core on the host platform. The thread that calls serve() is the CPU that handles
/// control requests, and the one that quiesces.
class ControlSocket final {
public:
  explicit ControlSocket(LivepatchCore<HostPlatform> &core);
  ~ControlSocket();
  ControlSocket(const ControlSocket &) = delete;
  ControlSocket &operator=(const ControlSocket &) = delete;

  /// Binds the socket (a leftover of that name is removed) and listens; an empty string, or why
  /// not.
  [[nodiscard]] std::string listen(const std::string &path);

  /// Serves clients until `stop` is set. Each connection is a session.
  void serve(const std::atomic<bool> &stop);

private:
  void serveClient(int client, const std::atomic<bool> &stop);
  void runWork() noexcept;

  LivepatchCore<HostPlatform> &core_;
  ControlHandler<HostPlatform> handler_;
  std::vector<std::byte> request_, answer_;
  FrameChannel<HostPlatform> channel_;
  std::string path_;
  int listener_ = -1;
};

} // namespace suture::host
