// SPDX-License-Identifier: Apache-2.0
// memcpy and its kin for images without a C library: string instructions of eight bytes, then of
// one. Processors move far more at once, emulators exactly that much.

#include <cstddef>
#include <cstdint>

extern "C" {

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *left, const void *right, size_t size);
int bcmp(const void *left, const void *right, size_t size);
void *memchr(const void *bytes, int value, size_t size);
size_t strlen(const char *text);

__attribute__((section(".text.unpatchable"))) void *memcpy(void *to, const void *from,
                                                           size_t size) {
  void *out = to;
  size_t words = size / 8;
  size_t rest = size % 8;
  asm volatile("rep movsq" : "+D"(out), "+S"(from), "+c"(words) : : "memory");
  asm volatile("rep movsb" : "+D"(out), "+S"(from), "+c"(rest) : : "memory");
  return to;
}

__attribute__((section(".text.unpatchable"))) void *memmove(void *to, const void *from,
                                                            size_t size) {
  if (reinterpret_cast<uintptr_t>(to) - reinterpret_cast<uintptr_t>(from) >= size)
    return memcpy(to, from, size);
  auto *out = static_cast<char *>(to) + size - 1;
  const auto *in = static_cast<const char *>(from) + size - 1;
  asm volatile("std; rep movsb; cld" : "+D"(out), "+S"(in), "+c"(size) : : "memory");
  return to;
}

__attribute__((section(".text.unpatchable"))) void *memset(void *to, int value, size_t size) {
  void *out = to;
  size_t words = size / 8;
  size_t rest = size % 8;
  const uint64_t pattern = uint64_t{static_cast<uint8_t>(value)} * 0x0101010101010101;
  asm volatile("rep stosq" : "+D"(out), "+c"(words) : "a"(pattern) : "memory");
  asm volatile("rep stosb" : "+D"(out), "+c"(rest) : "a"(pattern) : "memory");
  return to;
}

__attribute__((section(".text.unpatchable"))) int memcmp(const void *left, const void *right,
                                                         size_t size) {
  const auto *l = static_cast<const unsigned char *>(left);
  const auto *r = static_cast<const unsigned char *>(right);
  for (size_t i = 0; i < size; ++i)
    if (l[i] != r[i])
      return l[i] < r[i] ? -1 : 1;
  return 0;
}

__attribute__((section(".text.unpatchable"))) int bcmp(const void *left, const void *right,
                                                       size_t size) {
  return memcmp(left, right, size);
}

__attribute__((section(".text.unpatchable"))) void *memchr(const void *bytes, int value,
                                                           size_t size) {
  const auto *at = static_cast<const unsigned char *>(bytes);
  for (size_t i = 0; i < size; ++i)
    if (at[i] == static_cast<unsigned char>(value))
      return const_cast<unsigned char *>(at + i);
  return nullptr;
}

__attribute__((section(".text.unpatchable"))) size_t strlen(const char *text) {
  size_t size = 0;
  while (text[size] != '\0')
    ++size;
  return size;
}
}
