// SPDX-License-Identifier: Apache-2.0
#pragma once
// Code of x86-64, instruction by instruction.

#include <Zydis/Zydis.h>
#include <cstdint>
#include <span>

namespace suture::builder {

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
inline bool isRipRelative(const ZydisDecodedInstruction &instruction) {
  return (instruction.attributes & ZYDIS_ATTRIB_HAS_MODRM) != 0 && instruction.raw.modrm.mod == 0 &&
         instruction.raw.modrm.rm == 5 && instruction.raw.disp.size == 32;
}

/// What assemblers fill up with: `nop` of any length, `xchg %ax, %ax`.
inline bool isPadding(const ZydisDecodedInstruction &instruction) {
  return instruction.mnemonic == ZYDIS_MNEMONIC_NOP ||
         (instruction.mnemonic == ZYDIS_MNEMONIC_XCHG && instruction.opcode == 0x90 &&
          instruction.length == 2);
}

} // namespace suture::builder
