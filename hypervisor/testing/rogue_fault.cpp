// SPDX-License-Identifier: Apache-2.0
// Faults without an interrupt table: shutdown, on a real machine.

#include "hypervisor/guests/lib/guest.h"

using namespace suture::guest;

void guestMain() {
  print("faulting\n");
  asm volatile("ud2");
  print("still here\n");
  end(0);
}
