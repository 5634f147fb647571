// SPDX-License-Identifier: Apache-2.0
#include "cli/client/unix_address.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>

namespace suture::client {

Expected<UnixAddress> UnixAddress::of(const std::string &path) {
  UnixAddress result;
  result.address_.sun_family = AF_UNIX;
  std::string reachable = path;
  if (reachable.size() >= sizeof(result.address_.sun_path)) {
    const size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    result.folder_ = UniqueFd(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!result.folder_)
      return failure(ErrorKind::Unreachable, errno,
                     "cannot open " + folder + ": " + errnoText(errno));
    reachable = "/proc/self/fd/" + std::to_string(result.folder_.get()) + "/" +
                path.substr(slash == std::string::npos ? 0 : slash + 1);
  }
  if (reachable.empty() || reachable.size() >= sizeof(result.address_.sun_path))
    return failure(ErrorKind::Usage, ENAMETOOLONG, "'" + path + "' is not a socket's path");
  std::memcpy(result.address_.sun_path, reachable.data(), reachable.size());
  return result;
}

const sockaddr *UnixAddress::get() const {
  return static_cast<const sockaddr *>(static_cast<const void *>(&address_));
}

} // namespace suture::client
