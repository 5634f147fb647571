// SPDX-License-Identifier: Apache-2.0
#pragma once
// What our small guests stand on: hypercalls, a console, sleep.

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Each guest's own part; called in long mode, interrupts off.
extern "C" [[noreturn]] void guestMain();

/// Vector of the invalid opcode (6) or general protection fault (13) that action raised, 0 for
/// none. Needs prepareTimer().
extern "C" uint64_t faultOf(void (*action)());

namespace suture::guest {

/// VMMCALL; hypervisor/guest/hypercall.h has numbers and results.
int64_t hypercall(uint64_t number, uint64_t first = 0, uint64_t second = 0);

/// ns since the hypervisor started.
uint64_t timeNs();

/// Halts until that moment. Needs prepareTimer().
void sleepUntil(uint64_t ns);
/// Loads the interrupt table: the timer, and the two faults of faultOf().
void prepareTimer();

/// On the serial port, polled.
void print(std::string_view text);
void print(char character);
void print(uint64_t number);
/// Eight digits.
void printHex(uint32_t number);

/// The next character of the serial port's input, or 0 when there is none.
char read();

/// Ends the guest.
[[noreturn]] void end(uint64_t code);

} // namespace suture::guest
