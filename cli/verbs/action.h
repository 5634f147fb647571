// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/listing.h"
#include "cli/client/livepatch.h"
#include "cli/client/stream.h"

#include <chrono>

namespace suture::verbs {

/// What an action came to.
struct ActionResult {
  /// Absent after an unload.
  std::optional<format::PayloadState> state;
  /// Absent where the hypervisor does not tell.
  std::optional<client::Detail> detail;
};

/// Asks for an action and waits until the hypervisor has done it.
/// \param waitBound  longest wait for the result after the request was taken.
/// Errors: Refused (with the hypervisor's reason; also where a stock Xen would do nothing and say
/// 0), TryAgain (busy, rendezvous timed out, still under way after waitBound), and the carrier's.
client::Expected<ActionResult> perform(const client::Call &call, std::string_view name,
                                       const client::ActionOptions &options,
                                       std::chrono::milliseconds waitBound);

/// "apply", "revert" and so on.
std::string_view wordFor(format::ActionKind kind);
/// "applied", "reverted" and so on.
std::string_view pastWordFor(format::ActionKind kind);
/// "CHECKED" or "APPLIED".
std::string_view wordFor(format::PayloadState state);

} // namespace suture::verbs
