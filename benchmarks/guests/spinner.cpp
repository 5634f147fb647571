// SPDX-License-Identifier: Apache-2.0
// Computes without end and never asks the hypervisor for anything: it leaves the guest only when it
// is made to.
//
// Under one instruction clock the CPUs take turns, of 100 ms where nobody gives one up. A PAUSE
// does, and is no exit: without it, one would measure the turns.

#include "hypervisor/guests/lib/guest.h"

void guestMain() {
  constexpr uint32_t stepsOfTurn = 50;
  for (uint64_t state = 1;; __builtin_ia32_pause())
    for (uint32_t step = 0; step < stepsOfTurn; ++step) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      asm volatile("" : : "r"(state));
    }
}
