// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/interrupt.h"
#include "cli/client/livepatch.h"

#include <string>
#include <variant>

namespace suture::target {

/// A VM that `suture vm start` started.
struct VmTarget {
  std::string name;
};
/// A Unix socket that speaks frames.
struct SocketTarget {
  std::string path;
};
/// The Xen that this domain runs on.
struct XenTarget {};

using TargetSpec = std::variant<VmTarget, SocketTarget, XenTarget>;

/// Reads `--target`: "vm:NAME", "unix:SOCKET" or "xen"; empty is the default VM.
/// Errors: Usage.
client::Expected<TargetSpec> parseTarget(const std::string &text);

/// `spec` as parseTarget() reads it.
std::string textOf(const TargetSpec &spec);

/// A hypervisor that can be asked.
struct Target {
  client::Call call;
  /// Rendezvous time-out in ns for when the user names none; 0 leaves it to the hypervisor.
  uint32_t timeoutNs = 0;
  /// Whether the hypervisor keeps the watch over a payload on probation.
  bool keepsProbation = true;
  /// Whether the hypervisor minds what a payload's metadata say of unloading it.
  bool keepsMetadata = true;
};

/// Opens a session. `interrupt` may be null; it outlives the target.
/// Errors: Unreachable, TryAgain.
client::Expected<Target> openTarget(const TargetSpec &spec, client::Interrupt *interrupt);

} // namespace suture::target
