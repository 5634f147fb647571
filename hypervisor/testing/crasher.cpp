// SPDX-License-Identifier: Apache-2.0
// Makes the crash-test image crash.

#include "hypervisor/guests/lib/guest.h"

using namespace suture::guest;

void guestMain() {
  constexpr uint64_t crash = 0x101;
  print("crashing\n");
  hypercall(crash);
  end(0);
}
