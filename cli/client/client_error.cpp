// SPDX-License-Identifier: Apache-2.0
#include "cli/client/client_error.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace suture::client {

ErrorKind kindOfErrno(int errnoValue) {
  switch (errnoValue) {
  case EAGAIN:
  case EBUSY:
  case EINTR:
    return ErrorKind::TryAgain;
  case EINVAL:
  case ENOENT:
  case EEXIST:
  case EOPNOTSUPP:
  case EPERM:
  case ENODATA:
  case EOVERFLOW:
  case ERANGE:
  case ENOSPC:
  case E2BIG:
    return ErrorKind::Refused;
  default:
    return ErrorKind::Failed;
  }
}

std::string errnoName(int errnoValue) {
  const char *name = strerrorname_np(errnoValue);
  return name != nullptr ? name : std::to_string(errnoValue);
}

std::string errnoText(int errnoValue) {
  const char *text = strerrordesc_np(errnoValue);
  return text != nullptr ? text : "error " + std::to_string(errnoValue);
}

ClientError systemError(std::string what, int errnoValue) {
  return ClientError{ErrorKind::Failed, errnoValue, std::move(what) + ": " + errnoText(errnoValue)};
}

std::unexpected<ClientError> failure(ErrorKind kind, int errnoValue, std::string reason) {
  return std::unexpected(ClientError{kind, errnoValue, std::move(reason)});
}

} // namespace suture::client
