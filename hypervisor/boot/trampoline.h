// SPDX-License-Identifier: Apache-2.0
#pragma once
// The code that other CPUs start with (trampoline.S), and what it reads.

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace suture::hv {

/// In the page behind the trampoline's own; read by trampoline.S.
struct TrampolineParameters {
  /// For LGDT in 32-bit form: limit and base of gdt below.
  uint16_t gdtLimit;
  uint16_t gdtBaseLow;
  uint16_t gdtBaseHigh;
  uint16_t padding;
  /// Offset and selector of trampolineLongMode.
  uint32_t farOffset;
  uint32_t farSelector;
  /// Machine address of the CPU's page table, below 4 GiB.
  uint64_t root;
  uint64_t stackTop;
  /// Called with argument, on stackTop.
  uint64_t entry;
  uint64_t argument;
  uint64_t gdt[3];
};
static_assert(std::is_standard_layout_v<TrampolineParameters>);
static_assert(offsetof(TrampolineParameters, farOffset) == 8);
static_assert(offsetof(TrampolineParameters, root) == 16);
static_assert(offsetof(TrampolineParameters, stackTop) == 24);
static_assert(offsetof(TrampolineParameters, entry) == 32);
static_assert(offsetof(TrampolineParameters, argument) == 40);

} // namespace suture::hv

extern "C" {
extern const std::byte trampolineStart[];
extern const std::byte trampolineLongMode[];
extern const std::byte trampolineEnd[];
}
