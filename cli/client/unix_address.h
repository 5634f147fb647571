// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/client_error.h"
#include "cli/client/unique_fd.h"

#include <string>
#include <sys/socket.h>
#include <sys/un.h>

namespace suture::client {

/// The address of a Unix socket at a path of any length. A path that does not fit sockaddr_un's
/// 108 bytes is reached through its folder's descriptor in /proc, so the object lives as long as
/// the address is used.
class UnixAddress final {
public:
  /// Errors: Unreachable (the folder is not there), Usage (the file's name alone is too long).
  static Expected<UnixAddress> of(const std::string &path);

  const sockaddr *get() const;
  socklen_t size() const { return sizeof(address_); }

private:
  UnixAddress() = default;

  sockaddr_un address_{};
  UniqueFd folder_;
};

} // namespace suture::client
