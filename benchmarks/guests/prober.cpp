// SPDX-License-Identifier: Apache-2.0
// The pause as a guest sees it: reads the time stamp counter all the time, and keeps the largest
// difference of two successive readings. Every 4 ms it prints that, in ns, and starts afresh:
//
//   gap 2134
//
// What happens while it prints, and right after, while the hypervisor sends that on, is not seen:
// about one moment in fifteen. PAUSE gives up its turn where CPUs take turns (spinner.cpp).

#include "hypervisor/guests/lib/guest.h"

using namespace suture::guest;

namespace {

constexpr uint64_t windowNs = 4'000'000;
constexpr uint64_t settleNs = 200'000;
constexpr uint64_t calibrationNs = 2'000'000;

uint64_t readTicks() {
  uint32_t low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return uint64_t{high} << 32 | low;
}

/// Ticks in a window, by the hypervisor's clock. That clock costs an exit: it is not in the loops.
uint64_t ticksOfWindow() {
  const uint64_t startNs = timeNs(), start = readTicks();
  while (timeNs() - startNs < calibrationNs)
    ;
  const uint64_t ticks = readTicks() - start;
  return ticks * windowNs / (timeNs() - startNs);
}

uint64_t longestGap(uint64_t ticks) {
  uint64_t longest = 0;
  constexpr uint32_t readingsOfTurn = 32;
  const uint64_t start = readTicks();
  for (uint64_t last = start; last - start < ticks; __builtin_ia32_pause())
    for (uint32_t reading = 0; reading < readingsOfTurn; ++reading) {
      const uint64_t now = readTicks();
      if (now - last > longest)
        longest = now - last;
      last = now;
    }
  return longest;
}

} // namespace

void guestMain() {
  const uint64_t windowTicks = ticksOfWindow();
  for (;;) {
    (void)longestGap(windowTicks / (windowNs / settleNs));
    const uint64_t gap = longestGap(windowTicks);
    print("gap ");
    print(gap * windowNs / windowTicks);
    print("\n");
  }
}
