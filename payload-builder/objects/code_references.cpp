// SPDX-License-Identifier: Apache-2.0
// A PC-relative relocation is computed from its own place, the processor counts from the end of
// the instruction: `cmpl $1, x(%rip)` has addend -8, `mov x(%rip), %eax` has -4, and both mean x+0.
// Only the instruction's length tells. Code of a function is decoded from its start; compilers for
// x86-64 put no data between instructions, hand-written assembly may: a byte that does not decode
// is skipped, and a field is believed only where an instruction that covers it was decoded.
#include "payload-builder/objects/code_references.h"

#include <Zydis/Zydis.h>
#include <algorithm>

namespace suture::builder {

namespace {

/// Calls visit with each instruction and its offset, nullptr for a byte that is none, until visit
/// returns false.
template <typename Visit> void decode(std::span<const uint8_t> code, const Visit &visit) {
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  for (uint64_t offset = 0; offset < code.size();) {
    ZydisDecodedInstruction instruction;
    const bool decoded = ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(
        &decoder, nullptr, code.data() + offset, code.size() - offset, &instruction));
    if (!visit(offset, decoded ? &instruction : nullptr))
      return;
    offset += decoded ? instruction.length : 1;
  }
}

/// mod 00, r/m 101. Source: APM vol.3 1.7.1.
bool isRipRelative(const ZydisDecodedInstruction &instruction) {
  return (instruction.attributes & ZYDIS_ATTRIB_HAS_MODRM) != 0 && instruction.raw.modrm.mod == 0 &&
         instruction.raw.modrm.rm == 5 && instruction.raw.disp.size == 32;
}

} // namespace

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
