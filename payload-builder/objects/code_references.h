// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace suture::builder {

/// For each field of code (offsets sorted, each of a 4-byte relocation), the number of bytes from
/// the field to the end of its instruction: 4, or more where an immediate follows. 0 where decoding
/// lost its way or the field is no operand.
std::vector<uint8_t> instructionTails(std::span<const uint8_t> code,
                                      std::span<const uint64_t> fields);

/// An operand that leads out of a piece of code without a relocation: the assembler resolves what
/// stays inside one section.
struct OutwardOperand {
  /// From the start of the code.
  uint64_t field = 0;
  /// Bytes from the field to the end of its instruction.
  uint8_t tail = 0;
  /// Whether the field has 4 bytes, so that it can take a relocation.
  bool isWide = false;
  /// From the start of the code; outside of it.
  int64_t target = 0;
};

/// \param relocated  offsets of fields that have a relocation, sorted.
std::vector<OutwardOperand> outwardOperands(std::span<const uint8_t> code,
                                            std::span<const uint64_t> relocated);

/// Whether the processor may run past the end: the last instruction is no jump, return or trap.
bool runsPastEnd(std::span<const uint8_t> code);

} // namespace suture::builder
