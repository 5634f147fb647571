// SPDX-License-Identifier: Apache-2.0
#pragma once
// Segment and interrupt descriptors as the processor reads them. Source: APM vol.2, 4.8 (segment
// descriptors), 8.9 (interrupt gates), 12.2.5 (64-bit TSS).

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace suture::hv::x86 {

namespace selector {
inline constexpr uint16_t code = 0x08;
inline constexpr uint16_t data = 0x10;
inline constexpr uint16_t tss = 0x18;
} // namespace selector

/// Stacks that the processor switches to by itself, by IST number.
namespace ist {
inline constexpr uint8_t none = 0;
inline constexpr uint8_t nmi = 1;
inline constexpr uint8_t doubleFault = 2;
inline constexpr uint8_t machineCheck = 3;
inline constexpr size_t count = 3;
} // namespace ist

struct [[gnu::packed]] Tss {
  uint32_t reserved0;
  uint64_t stack[3];
  uint64_t reserved1;
  /// Tops of stacks, indexed by IST number - 1.
  uint64_t interruptStack[7];
  uint64_t reserved2;
  uint16_t reserved3;
  /// Offset of the I/O permission map; at or past the limit there is none.
  uint16_t ioMapBase;
};
static_assert(std::is_standard_layout_v<Tss> && sizeof(Tss) == 104);
static_assert(offsetof(Tss, interruptStack) == 0x24 && offsetof(Tss, ioMapBase) == 0x66);

struct InterruptGate {
  uint16_t offsetLow;
  uint16_t selector;
  uint8_t interruptStack;
  uint8_t type;
  uint16_t offsetMiddle;
  uint32_t offsetHigh;
  uint32_t reserved;

  static constexpr uint8_t presentInterruptGate = 0x8e;

  static constexpr InterruptGate to(uint64_t handler, uint8_t interruptStack) {
    return {.offsetLow = static_cast<uint16_t>(handler),
            .selector = x86::selector::code,
            .interruptStack = interruptStack,
            .type = presentInterruptGate,
            .offsetMiddle = static_cast<uint16_t>(handler >> 16),
            .offsetHigh = static_cast<uint32_t>(handler >> 32),
            .reserved = 0};
  }
};
static_assert(std::is_standard_layout_v<InterruptGate> && sizeof(InterruptGate) == 16);

struct [[gnu::packed]] TablePointer {
  uint16_t limit;
  uint64_t base;
};
static_assert(sizeof(TablePointer) == 10);

/// A CPU's own descriptor tables and TSS.
class DescriptorTables final {
public:
  /// Fills the tables and loads them on this CPU.
  /// \param interruptStackTops  VA of each IST stack's top, 16-byte aligned, by IST number - 1.
  /// \param gates  the IDT, shared by all CPUs; lives for ever.
  void load(const std::array<uint64_t, ist::count> &interruptStackTops,
            const std::array<InterruptGate, 256> &gates);

private:
  std::array<uint64_t, 5> gdt_{};
  Tss tss_{};
};

} // namespace suture::hv::x86
