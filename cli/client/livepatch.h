// SPDX-License-Identifier: Apache-2.0
#pragma once
// The operations of the control ABI as typed functions, over whatever carries a LivepatchOp.

#include "cli/client/frame_codec.h"
#include "runtime/format/payload.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace suture::client {

/// Carries one operation to a hypervisor. The one seam between operations and targets: a frame
/// connection, Xen's hypercall, a scripted fake.
using Call =
    std::function<Expected<Outcome>(format::LivepatchOp &op, std::span<const Buffer> buffers)>;

/// What the hypervisor says of one payload.
struct Status {
  format::PayloadState state;
  /// Result of the last action: 0, or a negated errno; -EAGAIN while one is under way.
  int32_t result;
  /// Why the last action failed, in the hypervisor's words; often empty.
  std::string reason;

  bool underWay() const;
};

struct ActionOptions {
  format::ActionKind kind;
  /// Bound for the rendezvous in ns; 0 leaves it to the hypervisor.
  uint32_t timeoutNs = 0;
  bool nodeps = false;
  /// Revert by itself unless confirmed within this time.
  std::optional<std::chrono::milliseconds> probation;
};

/// All errors of these functions: what the carrier gives, and the hypervisor's negated errno with
/// its reason (kindOfErrno).
Expected<void> upload(const Call &call, std::string_view name, std::span<const std::byte> payload);
Expected<Status> get(const Call &call, std::string_view name);
/// Asks for an action; its result is Status::result of a later get(), except where it failed at
/// once.
Expected<void> act(const Call &call, std::string_view name, const ActionOptions &options);
Expected<void> confirm(const Call &call, std::string_view name);

/// The error for a negated errno from the hypervisor.
std::unexpected<ClientError> hypervisorError(const Outcome &outcome);

} // namespace suture::client
