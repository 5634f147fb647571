// SPDX-License-Identifier: Apache-2.0
#pragma once
// One function per privileged or special instruction. Names are the manual's (APM vol.3).

#include <cstdint>

namespace suture::hv::x86 {

inline uint8_t in8(uint16_t port) {
  uint8_t value;
  asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
inline uint16_t in16(uint16_t port) {
  uint16_t value;
  asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
inline uint32_t in32(uint16_t port) {
  uint32_t value;
  asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
inline void out8(uint16_t port, uint8_t value) {
  asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}
inline void out16(uint16_t port, uint16_t value) {
  asm volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}
inline void out32(uint16_t port, uint32_t value) {
  asm volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

inline uint64_t readMsr(uint32_t msr) {
  uint32_t low, high;
  asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
  return uint64_t{high} << 32 | low;
}
inline void writeMsr(uint32_t msr, uint64_t value) {
  asm volatile("wrmsr"
               :
               : "c"(msr), "a"(static_cast<uint32_t>(value)),
                 "d"(static_cast<uint32_t>(value >> 32))
               : "memory");
}

inline uint64_t readCr0() {
  uint64_t value;
  asm volatile("mov %%cr0, %0" : "=r"(value));
  return value;
}
inline uint64_t readCr2() {
  uint64_t value;
  asm volatile("mov %%cr2, %0" : "=r"(value));
  return value;
}
inline uint64_t readCr3() {
  uint64_t value;
  asm volatile("mov %%cr3, %0" : "=r"(value));
  return value;
}
inline void writeCr3(uint64_t value) { asm volatile("mov %0, %%cr3" : : "r"(value) : "memory"); }
inline uint64_t readCr4() {
  uint64_t value;
  asm volatile("mov %%cr4, %0" : "=r"(value));
  return value;
}
inline void writeCr4(uint64_t value) { asm volatile("mov %0, %%cr4" : : "r"(value) : "memory"); }

/// Drops this CPU's TLB entries of the page at address. It also serialises (APM vol.2 7.6.4).
inline void invlpg(uint64_t address) { asm volatile("invlpg (%0)" : : "r"(address) : "memory"); }

/// Drops all of this CPU's TLB entries: no page is global (APM vol.2 5.5.2).
inline void flushTlb() { writeCr3(readCr3()); }

struct CpuidResult {
  uint32_t eax, ebx, ecx, edx;
};
inline CpuidResult cpuid(uint32_t leaf, uint32_t subleaf = 0) {
  CpuidResult r{};
  asm volatile("cpuid"
               : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
               : "a"(leaf), "c"(subleaf)
               : "memory");
  return r;
}

inline uint64_t rdtsc() {
  uint32_t low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return uint64_t{high} << 32 | low;
}

inline void disableInterrupts() { asm volatile("cli" : : : "memory"); }

/// Takes all interrupts that are pending, and leaves them off again. STI holds interrupts off for
/// one more instruction (APM vol.3, STI): NOP is where they arrive.
inline void takePendingInterrupts() { asm volatile("sti; nop; cli" : : : "memory"); }

/// Sleeps until an interrupt has been taken; on and off again without a gap in which one could
/// arrive before HLT.
inline void waitForInterrupt() { asm volatile("sti; hlt; cli" : : : "memory"); }

/// Sleeps for ever.
[[noreturn]] inline void halt() {
  for (;;)
    asm volatile("cli; hlt");
}

inline void pause() { __builtin_ia32_pause(); }

} // namespace suture::hv::x86
