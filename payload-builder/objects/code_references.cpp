// SPDX-License-Identifier: Apache-2.0
// A PC-relative relocation is computed from its own place, the processor counts from the end of
// the instruction: `cmpl $1, x(%rip)` has addend -8, `mov x(%rip), %eax` has -4, and both mean x+0.
// Only the instruction's length tells. Code of a function is decoded from its start; compilers for
// x86-64 put no data between instructions, hand-written assembly may: a byte that does not decode
// is skipped, and a field is believed only where an instruction that covers it was decoded.
#include "payload-builder/objects/code_references.h"

#include <Zydis/Zydis.h>

namespace suture::builder {

std::vector<uint8_t> instructionTails(std::span<const uint8_t> code,
                                      std::span<const uint64_t> fields) {
  std::vector<uint8_t> tails(fields.size(), 0);
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  size_t next = 0;
  for (uint64_t offset = 0; offset < code.size() && next < fields.size();) {
    ZydisDecodedInstruction instruction;
    const auto status = ZydisDecoderDecodeInstruction(&decoder, nullptr, code.data() + offset,
                                                      code.size() - offset, &instruction);
    const uint64_t length = ZYAN_SUCCESS(status) ? instruction.length : 1;
    while (next < fields.size() && fields[next] < offset)
      ++next;
    for (; next < fields.size() && fields[next] < offset + length; ++next)
      if (ZYAN_SUCCESS(status) && fields[next] + 4 <= offset + length)
        tails[next] = static_cast<uint8_t>(offset + length - fields[next]);
    offset += length;
  }
  return tails;
}

} // namespace suture::builder
