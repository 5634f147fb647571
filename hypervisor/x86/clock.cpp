// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/x86/clock.h"

#include "hypervisor/x86/instructions.h"

namespace suture::hv::x86 {
namespace {

constexpr uint64_t pmTimerRate = 3'579'545;
constexpr uint32_t pmTimerMask = 0x00ff'ffff;
constexpr unsigned spinsBetweenReads = 256;
constexpr uint64_t measureNs = 20'000'000;

/// Waits as said and returns how many timer ticks really passed: the wait may end late when the
/// CPU is taken away from us for a while.
uint32_t waitTicks(uint16_t port, uint64_t ns) {
  const uint32_t start = in32(port) & pmTimerMask;
  const auto wanted = static_cast<uint32_t>(ns * pmTimerRate / 1'000'000'000);
  for (;;) {
    const uint32_t passed = (in32(port) - start) & pmTimerMask;
    if (passed >= wanted)
      return passed;
    // Not PAUSE: an emulator that runs all CPUs in turn would go around them each time.
    for (unsigned i = 0; i < spinsBetweenReads; ++i)
      asm volatile("");
  }
}

} // namespace

uint64_t Clock::nowNs() const { return toNs(rdtsc() - start_); }

void waitOnPmTimer(uint16_t port, uint64_t ns) { waitTicks(port, ns); }

Clock measureClock(uint16_t pmTimerPort) {
  const uint64_t start = rdtsc();
  const uint32_t passed = waitTicks(pmTimerPort, measureNs);
  const uint64_t ticks = rdtsc() - start;
  const uint64_t rate = multiplyDivide(ticks, pmTimerRate, passed);
  return Clock{rate == 0 ? 1 : rate, start};
}

} // namespace suture::hv::x86
