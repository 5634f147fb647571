// SPDX-License-Identifier: Apache-2.0
// Sleeps: a guest that is there and does nothing.

#include "hypervisor/guests/lib/guest.h"

using namespace suture::guest;

void guestMain() {
  prepareTimer();
  constexpr uint64_t hourNs = uint64_t{3600} * 1'000'000'000;
  for (;;)
    sleepUntil(timeNs() + hourNs);
}
