// SPDX-License-Identifier: Apache-2.0
// The same platform with nothing underneath: that this links says that the runtime needs no library
// but the six functions below. It is built, not run.

#include "runtime/control/frame_channel.h"
#include "runtime/example/toy_platform.h"

#include <array>

extern "C" {
void *memcpy(void *to, const void *from, size_t size) {
  void *result = to;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
  return result;
}
void *memmove(void *to, const void *from, size_t size) {
  auto *target = static_cast<char *>(to);
  const auto *source = static_cast<const char *>(from);
  if (target <= source || target >= source + size)
    return memcpy(to, from, size);
  for (size_t index = size; index-- > 0;)
    __asm__ volatile("movb %1, %0" : "=m"(target[index]) : "r"(source[index]));
  return to;
}
void *memset(void *to, int value, size_t size) {
  void *result = to;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
  return result;
}
int memcmp(const void *left, const void *right, size_t size) {
  const auto *a = static_cast<const unsigned char *>(left);
  const auto *b = static_cast<const unsigned char *>(right);
  for (size_t index = 0; index < size; ++index)
    if (a[index] != b[index])
      return a[index] - b[index];
  return 0;
}
// <cstring> declares two memchr for C++; this is the symbol that calls of both refer to.
const void *findByte(const void *bytes, int value, size_t size) __asm__("memchr");
const void *findByte(const void *bytes, int value, size_t size) {
  const auto *start = static_cast<const unsigned char *>(bytes);
  for (size_t index = 0; index < size; ++index)
    if (start[index] == static_cast<unsigned char>(value))
      return start + index;
  return nullptr;
}
size_t strlen(const char *text) {
  size_t size = 0;
  while (text[size] != 0)
    ++size;
  return size;
}
[[noreturn]] void _start();
}

namespace {

using namespace suture;

/// Where a hypervisor has its page tables, serial port and counter.
struct Hardware {
  static constexpr uint64_t nsPerTick = 1;
  void setRights(std::byte *, size_t, example::Rights) noexcept {}
  void writeThroughAlias(std::byte *to, std::span<const std::byte> bytes) noexcept {
    memcpy(to, bytes.data(), bytes.size());
  }
  uint64_t readTicks() noexcept { return __builtin_ia32_rdtsc(); }
  void print(std::string_view line) noexcept {
    for (char character : line)
      __asm__ volatile("outb %0, %1" : : "a"(character), "Nd"(uint16_t{0x3f8}));
  }
};

alignas(4096) std::array<std::byte, 64 * 4096> payloadPages;
alignas(16) std::array<std::byte, 1 << 20> bookkeeping;
std::array<std::byte, 65536> request, answer;

} // namespace

[[noreturn]] void _start() {
  Hardware hardware;
  example::ToyPlatform<Hardware> platform{hardware,
                                          {.text = {},
                                           .symbols = {},
                                           .buildId = {},
                                           .payloadPages = payloadPages,
                                           .bookkeeping = bookkeeping}};
  LivepatchCore<example::ToyPlatform<Hardware>> core{platform};
  ControlHandler<example::ToyPlatform<Hardware>> handler{core};
  FrameChannel<example::ToyPlatform<Hardware>> channel{handler, request, answer};
  while (true) {
    std::byte received[1];
    uint8_t byte = 0;
    __asm__ volatile("inb %1, %0" : "=a"(byte) : "Nd"(uint16_t{0x2f8}));
    received[0] = std::byte{byte};
    channel.receive(received, [](std::span<const std::byte> frame) {
      for (std::byte out : frame)
        __asm__ volatile("outb %0, %1" : : "a"(out), "Nd"(uint16_t{0x2f8}));
    });
    if (core.hasWork(platform.nowNs()))
      core.runPending();
  }
}
