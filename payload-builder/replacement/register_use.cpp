// SPDX-License-Identifier: Apache-2.0
// gcc (ipa-ra) lets a caller keep a value in a caller-saved register across a call when it has seen
// that the callee does not touch it. A replacement must keep that promise. The compilers have an
// attribute for it; this checks that it did its work, on the code alone. It errs on one side only:
// a register that is saved in another way than by push and pop counts as changed.
#include "payload-builder/replacement/register_use.h"

#include <Zydis/Zydis.h>

namespace suture::builder {

namespace {

/// rax, rcx, rdx, rsi, rdi, r8 to r11. Source: System V psABI x86-64, 3.2.3.
constexpr uint16_t callerSaved = 0b0000'1111'1100'0111;

/// The bit of the register that holds another one (ecx: that of rcx); 0 for what is no
/// general-purpose register.
uint16_t bitOf(ZydisRegister part) {
  const ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, part);
  if (ZydisRegisterGetClass(whole) != ZYDIS_REGCLASS_GPR64)
    return 0;
  return static_cast<uint16_t>(1u << ZydisRegisterGetId(whole));
}

struct Totals {
  uint16_t written = 0, pushed = 0, popped = 0;
  bool calls = false, leaves = false;
};

bool leavesCode(const ZydisDecodedInstruction &instruction, const ZydisDecodedOperand &target,
                uint64_t offset, uint64_t size) {
  if (target.type != ZYDIS_OPERAND_TYPE_IMMEDIATE)
    return true;
  const uint64_t end = offset + instruction.length;
  return end + static_cast<uint64_t>(target.imm.value.s) >= size;
}

Totals scan(std::span<const uint8_t> code) {
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  Totals totals;
  for (uint64_t offset = 0; offset < code.size();) {
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code.data() + offset, code.size() - offset,
                                             &instruction, operands))) {
      ++offset;
      continue;
    }
    const uint16_t first =
        instruction.operand_count != 0 && operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER
            ? bitOf(operands[0].reg.value)
            : uint16_t{0};
    if (instruction.mnemonic == ZYDIS_MNEMONIC_PUSH) {
      totals.pushed |= static_cast<uint16_t>(first & ~totals.written);
    } else if (instruction.mnemonic == ZYDIS_MNEMONIC_POP) {
      totals.popped |= first;
    } else {
      totals.calls |= instruction.meta.category == ZYDIS_CATEGORY_CALL;
      if (instruction.meta.category == ZYDIS_CATEGORY_UNCOND_BR)
        totals.leaves |= leavesCode(instruction, operands[0], offset, code.size());
      for (uint8_t i = 0; i < instruction.operand_count; ++i)
        if (operands[i].type == ZYDIS_OPERAND_TYPE_REGISTER &&
            (operands[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0)
          totals.written |= bitOf(operands[i].reg.value);
    }
    offset += instruction.length;
  }
  return totals;
}

} // namespace

RegisterUse changedRegisters(std::span<const uint8_t> code) {
  const Totals totals = scan(code);
  if (totals.leaves)
    return {callerSaved};
  const uint16_t touched = totals.calls ? callerSaved : totals.written;
  const auto kept = static_cast<uint16_t>(totals.pushed & totals.popped);
  return {static_cast<uint16_t>(touched & callerSaved & ~kept)};
}

RegisterUse writtenRegisters(std::span<const uint8_t> code) {
  return {static_cast<uint16_t>(scan(code).written & callerSaved)};
}

std::string registerNames(RegisterUse use) {
  static constexpr const char *names[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                          "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
  std::string text;
  for (unsigned i = 0; i < 16; ++i)
    if ((use.changed >> i & 1) != 0)
      text += (text.empty() ? "" : ", ") + std::string(names[i]);
  return text;
}

} // namespace suture::builder
