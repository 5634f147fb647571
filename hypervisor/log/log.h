// SPDX-License-Identifier: Apache-2.0
#pragma once
// The hypervisor's log on the first serial port: lines with a time, whole whatever CPU writes them.
// The one piece of state that is not passed around: a panic must be able to speak from anywhere.

#include "hypervisor/lib/format.h"

namespace suture::hv {

/// Sets up the port.
void initLog();

/// From now on lines carry seconds since this call.
/// \param ticksPerSecond  of the TSC; not 0.
void setLogClock(uint64_t ticksPerSecond);

void logArguments(std::string_view pattern, std::span<const FormatArgument> arguments);

/// One line, formatted as hypervisor/lib/format.h says, without a newline at its end.
template <class... T> void log(std::string_view pattern, const T &...values) {
  const std::array<FormatArgument, sizeof...(T) + 1> arguments{FormatArgument{values}...,
                                                               FormatArgument{""}};
  logArguments(pattern, std::span{arguments}.first(sizeof...(T)));
}

/// From now on lines do not wait for the lock: its holder may be stopped, or be this very CPU.
void breakLogLock();

} // namespace suture::hv
