// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the 256 vector entries (entry_points.S) push and call.

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace suture::hv::x86 {

/// Registers at an exception or interrupt, as entry_points.S lays them on the stack.
struct Frame {
  uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp;
  uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
  uint64_t vector;
  /// 0 for vectors without one.
  uint64_t errorCode;
  /// From here on pushed by the processor (APM vol.2 8.9.3).
  uint64_t rip, cs, rflags, rsp, ss;
};
static_assert(std::is_standard_layout_v<Frame> && sizeof(Frame) == 22 * 8);
static_assert(offsetof(Frame, rip) == 136);

} // namespace suture::hv::x86

extern "C" {
/// Entry address of each vector.
extern const std::array<uint64_t, 256> vectorEntries;
/// Called by every entry, interrupts off; returning goes back to what was interrupted.
void interruptEntry(suture::hv::x86::Frame *frame);
}
