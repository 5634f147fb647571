// SPDX-License-Identifier: Apache-2.0
#include "cli/client/names.h"
#include "cli/client/unique_fd.h"
#include "cli/verbs/context.h"

#include "runtime/format/payload.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace suture::verbs {

using client::Expected;
using client::systemError;

Expected<std::vector<std::byte>> readPayload(const std::string &path) {
  const std::string shown = client::escaped(path);
  const client::UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd)
    return std::unexpected(systemError("cannot open " + shown, errno));
  std::vector<std::byte> bytes;
  size_t size = 0;
  while (true) {
    bytes.resize(size + 256 * 1024);
    const ssize_t got = read(fd.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return std::unexpected(systemError("cannot read " + shown, errno));
    size += static_cast<size_t>(got);
    if (size > format::maxPayloadSize)
      return client::failure(client::ErrorKind::Refused, EFBIG,
                             shown + " is larger than a payload can be (2 MiB)");
    if (got == 0)
      break;
  }
  bytes.resize(size);
  return bytes;
}

} // namespace suture::verbs
