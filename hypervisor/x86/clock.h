// SPDX-License-Identifier: Apache-2.0
#pragma once
// Time from the TSC, whose rate is measured once against the ACPI power management timer.
// Source: ACPI 6.4, 4.8.2.1 (the timer counts at 3.579545 MHz, 24 bits at least).

#include <cstdint>

namespace suture::hv::x86 {

/// value * factor / divisor, with 128 bits between. The quotient must fit into 64 bits.
/// (The compiler's own division of 128 bits is a library function, which images do not have.)
inline uint64_t multiplyDivide(uint64_t value, uint64_t factor, uint64_t divisor) {
  uint64_t low, high, quotient, remainder;
  asm("mulq %3" : "=a"(low), "=d"(high) : "a"(value), "r"(factor) : "cc");
  asm("divq %4" : "=a"(quotient), "=d"(remainder) : "a"(low), "d"(high), "r"(divisor) : "cc");
  return quotient;
}

/// Ticks of one counter to ns and back, without overflow for centuries.
class Clock final {
public:
  constexpr Clock() = default;
  /// \param ticksPerSecond  not 0.  \param start  the counter's value at time 0.
  constexpr Clock(uint64_t ticksPerSecond, uint64_t start)
      : ticksPerSecond_{ticksPerSecond}, start_{start} {}

  [[nodiscard]] uint64_t toNs(uint64_t ticks) const {
    return multiplyDivide(ticks, 1'000'000'000, ticksPerSecond_);
  }
  [[nodiscard]] uint64_t toTicks(uint64_t ns) const {
    return multiplyDivide(ns, ticksPerSecond_, 1'000'000'000);
  }
  [[nodiscard]] constexpr uint64_t ticksPerSecond() const { return ticksPerSecond_; }
  [[nodiscard]] constexpr uint64_t start() const { return start_; }
  /// ns since time 0.
  [[nodiscard]] uint64_t nowNs() const;

private:
  uint64_t ticksPerSecond_ = 1'000'000'000;
  uint64_t start_ = 0;
};

/// Waits until the power management timer at `port` has counted for ns; less than 1 s.
void waitOnPmTimer(uint16_t port, uint64_t ns);

/// TSC ticks per second, measured for 20 ms; time 0 is now.
Clock measureClock(uint16_t pmTimerPort);

} // namespace suture::hv::x86
