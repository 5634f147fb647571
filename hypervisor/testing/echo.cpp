// SPDX-License-Identifier: Apache-2.0
// Sends back what its console says, in upper case.

#include "hypervisor/guests/lib/guest.h"

using namespace suture::guest;

void guestMain() {
  prepareTimer();
  print("ready\n");
  for (;;) {
    while (const char character = read())
      print(character >= 'a' && character <= 'z' ? static_cast<char>(character - 'a' + 'A')
                                                 : character);
    constexpr uint64_t pollNs = 5'000'000;
    sleepUntil(timeNs() + pollNs);
  }
}
