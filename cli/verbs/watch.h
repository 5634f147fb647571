// SPDX-License-Identifier: Apache-2.0
#pragma once
// Probation where the hypervisor keeps no watch itself (stock Xen): a process on this side does. It
// outlives the terminal, not this machine: if it is killed, nobody reverts the payload.

#include "cli/client/client_error.h"
#include "cli/client/unique_fd.h"

#include <chrono>
#include <functional>
#include <string>
#include <sys/types.h>

namespace suture::verbs {

/// What a watch is about.
struct WatchKey {
  /// A folder of this user's alone; made where it is missing.
  std::string folder;
  /// The hypervisor, as --target names it.
  std::string target;
  std::string payload;
};

/// A process that waits to be armed, and then for a confirmation.
class Watch final {
public:
  /// What the process does when the time is over.
  using Revert = std::function<client::Expected<void>()>;

  /// Starts the process. Done before the payload is applied, so that there is no moment in which it
  /// is applied and nobody would watch it.
  /// Errors: Refused (the payload is watched already), Failed.
  static client::Expected<Watch> start(const WatchKey &key, std::chrono::milliseconds span,
                                       Revert revert);
  Watch(Watch &&) = default;
  Watch &operator=(Watch &&) = delete;
  /// Ends the process, unless arm() was called.
  ~Watch();

  /// From now on time runs.
  void arm();
  pid_t process() const { return process_; }

private:
  Watch(client::UniqueFd order, pid_t process) : order_(std::move(order)), process_(process) {}

  client::UniqueFd order_;
  pid_t process_;
};

/// Ends a watch, and with it the probation: the payload stays.
/// Errors: Refused (nobody watches it).
client::Expected<void> endWatch(const WatchKey &key);

} // namespace suture::verbs
