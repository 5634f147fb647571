// SPDX-License-Identifier: Apache-2.0
// Touches guest-physical memory that it does not have.

#include "hypervisor/guests/lib/guest.h"

using namespace suture::guest;

void guestMain() {
  constexpr uint64_t pastItsMemory = 0x2000000;
  print("touching\n");
  *reinterpret_cast<volatile uint64_t *>(pastItsMemory) = 1;
  print("still here\n");
  end(0);
}
