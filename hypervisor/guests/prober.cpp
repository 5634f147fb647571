// SPDX-License-Identifier: Apache-2.0
// What an attacker would do: asks the demo hypercall for entries past the end of its table, and
// prints what it was told.

#include "hypervisor/guests/lib/guest.h"

#include <array>
#include <cstring>

using namespace suture::guest;

namespace {

/// hypervisor/demo/setting.cpp: a setting by its index.
constexpr uint64_t readSetting = 0x100;
constexpr uint64_t tableSize = 8;
/// Entries behind the table that are looked at.
constexpr uint64_t entriesBehind = 6;

bool isPrintable(char character) { return character >= ' ' && character <= '~'; }

/// Reads what lies behind the table, eight bytes an entry; prints it as text.
void probe() {
  std::array<char, 8 * entriesBehind> text{};
  for (uint64_t i = 0; i < entriesBehind; ++i) {
    const uint64_t index = tableSize + i;
    // An error is a negated errno, small; what was read may be any number.
    const int64_t result = hypercall(readSetting, index);
    if (result < 0 && result > -4096) {
      print("index ");
      print(index);
      print(": refused, error ");
      print(static_cast<uint64_t>(-result));
      print("\n");
      return;
    }
    std::memcpy(&text[8 * i], &result, sizeof(result));
  }
  size_t length = 0;
  while (length < text.size() && isPrintable(text[length]))
    ++length;
  print("index ");
  print(tableSize);
  print(": read \"");
  print(std::string_view{text.data(), length});
  print("\"\n");
}

/// Asks for a leaf that the CPUID policy may show or hide: thermal and power management.
void printPowerLeaf() {
  uint32_t eax = 6, ebx = 0, ecx = 0, edx = 0;
  asm volatile("cpuid" : "+a"(eax), "+b"(ebx), "+c"(ecx), "+d"(edx));
  print("cpuid leaf 6: eax ");
  printHex(eax);
  print("\n");
}

} // namespace

void guestMain() {
  constexpr uint64_t periodNs = 250'000'000;
  prepareTimer();
  for (uint64_t next = timeNs();; next += periodNs) {
    probe();
    printPowerLeaf();
    sleepUntil(next + periodNs);
  }
}
