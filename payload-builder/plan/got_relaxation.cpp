// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/plan/got_relaxation.h"

#include <elf.h>

namespace suture::builder {

bool isGot(uint32_t type) {
  return type == R_X86_64_GOTPCREL || type == R_X86_64_GOTPCRELX || type == R_X86_64_REX_GOTPCRELX;
}

bool relaxGotLoad(Chunk &chunk, PlannedReference &reference) {
  if (reference.offset < 2 || reference.offset > chunk.bytes.size())
    return false;
  uint8_t &opcode = chunk.bytes[reference.offset - 2];
  uint8_t &operand = chunk.bytes[reference.offset - 1];
  if (opcode == 0x8b && (operand & 0xc7) == 0x05) {
    opcode = 0x8d; // lea
    reference.type = R_X86_64_PC32;
    return true;
  }
  if (opcode == 0xff && operand == 0x15) {
    opcode = 0x67;  // addr32
    operand = 0xe8; // call rel32
    reference.type = R_X86_64_PC32;
    return true;
  }
  return false;
}

} // namespace suture::builder
