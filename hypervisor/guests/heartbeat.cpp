// SPDX-License-Identifier: Apache-2.0
// A counter and the time, every 100 ms: a gap or a restart would show that somebody stopped it.

#include "hypervisor/guests/lib/guest.h"

using namespace suture::guest;

void guestMain() {
  constexpr uint64_t periodNs = 100'000'000;
  prepareTimer();
  uint64_t next = timeNs();
  for (uint64_t count = 0;; ++count) {
    print("heartbeat ");
    print(count);
    print(" at ");
    print(timeNs() / 1'000'000);
    print(" ms\n");
    next += periodNs;
    sleepUntil(next);
  }
}
