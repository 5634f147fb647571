// SPDX-License-Identifier: Apache-2.0
// A PC-relative relocation is computed from its own place, the processor counts from the end of
// the instruction: `cmpl $1, x(%rip)` has addend -8, `mov x(%rip), %eax` has -4, and both mean x+0.
// Only the instruction's length tells. Code of a function is decoded from its start; compilers for
// x86-64 put no data between instructions, hand-written assembly may: a byte that does not decode
// is skipped, and a field is believed only where an instruction that covers it was decoded.
#include "payload-builder/objects/code_references.h"

#include "payload-builder/objects/instructions.h"

#include <algorithm>

namespace suture::builder {

std::vector<uint8_t> instructionTails(std::span<const uint8_t> code,
                                      std::span<const uint64_t> fields) {
  std::vector<uint8_t> tails(fields.size(), 0);
  size_t next = 0;
  decode(code, [&](uint64_t offset, const ZydisDecodedInstruction *instruction) {
    const uint64_t length = instruction != nullptr ? instruction->length : 1;
    while (next < fields.size() && fields[next] < offset)
      ++next;
    for (; next < fields.size() && fields[next] < offset + length; ++next)
      if (instruction != nullptr && fields[next] + 4 <= offset + length)
        tails[next] = static_cast<uint8_t>(offset + length - fields[next]);
    return next < fields.size();
  });
  return tails;
}

std::vector<OutwardOperand> outwardOperands(std::span<const uint8_t> code,
                                            std::span<const uint64_t> relocated) {
  std::vector<OutwardOperand> result;
  const auto add = [&](uint64_t offset, uint64_t length, uint64_t field, uint64_t bits,
                       int64_t distance) {
    const int64_t target = static_cast<int64_t>(offset + length) + distance;
    const bool isInside = target >= 0 && target < static_cast<int64_t>(code.size());
    if (!isInside && !std::ranges::binary_search(relocated, offset + field))
      result.push_back({.field = offset + field,
                        .tail = static_cast<uint8_t>(length - field),
                        .isWide = bits == 32,
                        .target = target});
  };
  decode(code, [&](uint64_t offset, const ZydisDecodedInstruction *instruction) {
    if (instruction == nullptr)
      return true;
    const auto &raw = instruction->raw;
    if (raw.imm[0].is_relative)
      add(offset, instruction->length, raw.imm[0].offset, raw.imm[0].size, raw.imm[0].value.s);
    if (isRipRelative(*instruction))
      add(offset, instruction->length, raw.disp.offset, raw.disp.size, raw.disp.value);
    return true;
  });
  return result;
}

bool runsPastEnd(std::span<const uint8_t> code) {
  bool runs = true;
  decode(code, [&](uint64_t, const ZydisDecodedInstruction *instruction) {
    runs = instruction == nullptr || (instruction->mnemonic != ZYDIS_MNEMONIC_JMP &&
                                      instruction->mnemonic != ZYDIS_MNEMONIC_RET &&
                                      instruction->mnemonic != ZYDIS_MNEMONIC_UD2);
    return true;
  });
  return runs;
}

} // namespace suture::builder
