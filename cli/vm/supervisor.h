// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/vm/broker.h"
#include "cli/vm/qemu.h"

#include <optional>
#include <string>

namespace suture::vm {

/// What `suture vm start` hands to the process that it leaves behind.
struct SupervisorSetup {
  InstancePaths paths;
  InstanceState state;
  QemuOptions qemu;
  /// Connected to the process that waits for the VM to be ready. Gets one line, "ready" or
  /// "failed REASON"; a close before that line gives the start up.
  client::UniqueFd starter;
  /// The instance's lock, held until this process ends.
  client::UniqueFd lock;
};

/// Runs a VM to its end: starts QEMU, serves frames (Broker) and `suture vm`'s requests, ends QEMU
/// in order when asked to. Each wait is bounded.
/// \returns the exit status for this process.
int runSupervisor(SupervisorSetup setup);

} // namespace suture::vm
