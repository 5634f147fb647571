// SPDX-License-Identifier: Apache-2.0
#pragma once
// What can go wrong between a client and a hypervisor, as values.

#include <cstdint>
#include <expected>
#include <string>

namespace suture::client {

/// What the user can do about an error; main() maps each to an exit code in one table.
enum class ErrorKind : uint8_t {
  /// The command line or a name in it is wrong.
  Usage,
  /// Something on this side failed: a file, a process, memory.
  Failed,
  /// Nobody answers at the target.
  Unreachable,
  /// The other side sent what the protocol does not allow.
  Protocol,
  /// The hypervisor understood and said no.
  Refused,
  /// Busy or timed out: the same command may work later.
  TryAgain,
  /// The user pressed Ctrl-C.
  Interrupted,
};

struct ClientError {
  ErrorKind kind;
  /// Positive errno value that the hypervisor or the system gave; 0 where there is none.
  int errnoValue;
  /// A sentence for the user, without a full stop.
  std::string reason;
};

template <typename T> using Expected = std::expected<T, ClientError>;

/// The kind that a negated errno from the hypervisor stands for.
ErrorKind kindOfErrno(int errnoValue);

/// The symbolic name of an errno value, for instance "EINVAL"; its number in text if it has none.
std::string errnoName(int errnoValue);

/// "No such file or directory" and the like.
std::string errnoText(int errnoValue);

/// An error of this side with errno's text behind `what`: "cannot open x: No such file".
ClientError systemError(std::string what, int errnoValue);

/// Shorthand for std::unexpected with all fields.
std::unexpected<ClientError> failure(ErrorKind kind, int errnoValue, std::string reason);

} // namespace suture::client

/// Leaves the calling function with the error of `expression`, if it has one.
#define SUTURE_CLIENT_TRY(expression)                                                              \
  do {                                                                                             \
    if (auto sutureResult = (expression); !sutureResult)                                           \
      return std::unexpected(std::move(sutureResult).error());                                     \
  } while (false)
