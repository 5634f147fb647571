// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/interrupt.h"
#include "cli/output/report.h"
#include "cli/target/target.h"

#include <chrono>
#include <optional>
#include <string>

namespace suture::verbs {

/// What every control verb gets.
struct Context {
  output::Report &report;
  client::Interrupt &interrupt;
  target::TargetSpec target;
};

/// Bounds that the user set on an action.
struct WaitOptions {
  /// Rendezvous time-out in ns; absent: the target's default.
  std::optional<uint32_t> timeoutNs;
  /// Longest wait for the result.
  std::chrono::milliseconds waitBound{60'000};
};

/// Reads a payload file whole. A file larger than any payload is refused here; all else is the
/// hypervisor's to judge.
/// Errors: Failed (cannot be read), Refused.
client::Expected<std::vector<std::byte>> readPayload(const std::string &path);

} // namespace suture::verbs
