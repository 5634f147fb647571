// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/client_error.h"

#include <chrono>
#include <string>
#include <string_view>

namespace suture::output {

/// Reads a time span with its unit: "30ms", "2s", "1.5s", "500us", "100ns", "2min".
/// Errors: Usage (no number, no unit, 0, or more than 24 hours).
client::Expected<std::chrono::nanoseconds> parseDuration(std::string_view text);

/// Reads a rendezvous time-out, which travels as 32 bits of ns.
/// Errors: Usage, also for more than 4.294967295 s.
client::Expected<uint32_t> parseTimeoutNs(std::string_view text);

/// "850 ns", "12.3 us", "4.56 ms", "2.00 s": three digits and a unit.
std::string formatDuration(std::chrono::nanoseconds span);

} // namespace suture::output
