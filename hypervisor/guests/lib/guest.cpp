// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guests/lib/guest.h"

#include <array>

extern "C" {
void timerEntry();
void invalidOpcodeEntry();
void generalProtectionEntry();
}

namespace suture::guest {
namespace {

constexpr uint16_t serialPort = 0x3f8;
constexpr uint8_t timerVector = 0x40;

struct [[gnu::packed]] TablePointer {
  uint16_t limit;
  uint64_t base;
};

/// Pairs of 64-bit words, one a vector (APM vol.2 8.9).
constinit std::array<std::array<uint64_t, 2>, timerVector + 1> table{};

void setGate(uint8_t vector, void (*entry)()) {
  const auto handler = reinterpret_cast<uint64_t>(entry);
  constexpr uint64_t presentInterruptGate = uint64_t{0x8e} << 40;
  constexpr uint64_t codeSelector = uint64_t{8} << 16;
  table[vector] = {(handler & 0xffff) | codeSelector | presentInterruptGate |
                       (handler & 0xffff0000) << 32,
                   handler >> 32};
}

void out8(uint16_t port, uint8_t value) { asm volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
uint8_t in8(uint16_t port) {
  uint8_t value;
  asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

} // namespace

int64_t hypercall(uint64_t number, uint64_t first, uint64_t second) {
  int64_t result;
  asm volatile("vmmcall" : "=a"(result) : "a"(number), "D"(first), "S"(second) : "memory");
  return result;
}

uint64_t timeNs() { return static_cast<uint64_t>(hypercall(1)); }

void prepareTimer() {
  setGate(6, &invalidOpcodeEntry);
  setGate(13, &generalProtectionEntry);
  setGate(timerVector, &timerEntry);
  const TablePointer pointer{sizeof(table) - 1, reinterpret_cast<uint64_t>(table.data())};
  asm volatile("lidt %0" : : "m"(pointer));
}

void sleepUntil(uint64_t ns) {
  while (timeNs() < ns) {
    hypercall(2, ns, timerVector);
    asm volatile("sti; hlt; cli" : : : "memory");
  }
}

void print(char character) {
  while ((in8(serialPort + 5) & 0x20) == 0)
    __builtin_ia32_pause();
  out8(serialPort, static_cast<uint8_t>(character));
}

void print(std::string_view text) {
  for (char character : text)
    print(character);
}

char read() {
  return (in8(serialPort + 5) & 0x01) == 0 ? '\0' : static_cast<char>(in8(serialPort));
}

void print(uint64_t number) {
  std::array<char, 20> digits{};
  size_t first = digits.size();
  do {
    digits[--first] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  print(std::string_view{&digits[first], digits.size() - first});
}

void printHex(uint32_t number) {
  for (int shift = 28; shift >= 0; shift -= 4)
    print(std::string_view{&"0123456789abcdef"[number >> shift & 15], 1});
}

void end(uint64_t code) {
  for (;;)
    hypercall(3, code);
}

} // namespace suture::guest
