// SPDX-License-Identifier: Apache-2.0
#pragma once
// A thread as a CPU of the host platform.

#include <cstdint>

namespace suture::host {

/// Satisfies RendezvousCpu.
struct HostCpu {
  [[nodiscard]] static uint64_t nowNs() noexcept;
  /// The time stamp counter.
  [[nodiscard]] static uint64_t nowTicks() noexcept;
  /// Gives the processor away: there may be more threads than processors.
  static void relax() noexcept;
  /// CPUID serialises in user mode too. Source: APM vol.2 7.6.1; vol.3, CPUID.
  static void serialise() noexcept;
};

} // namespace suture::host
