// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace suture::builder {

/// Which registers a function may leave changed that its caller does not expect.
struct RegisterUse {
  /// Bit n: general-purpose register n (rax 0, rcx 1, rdx 2, rsi 6, rdi 7, r8 to r11).
  uint16_t changed = 0;
};

/// Caller-saved registers that the code writes and does not put back: neither pushed at its start
/// and popped, nor untouched. A call, or a jump out of the code, changes all that are not pushed.
RegisterUse changedRegisters(std::span<const uint8_t> code);

/// Caller-saved registers that the code itself writes, calls aside: what a caller cannot have
/// relied on.
RegisterUse writtenRegisters(std::span<const uint8_t> code);

/// `rcx, r8`.
std::string registerNames(RegisterUse use);

} // namespace suture::builder
