// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/instruction_list.h"

#include <Zydis/Zydis.h>
#include <algorithm>

namespace suture::builder {

namespace {

Instruction describe(const ZydisDecodedInstruction &decoded, int64_t offset,
                     std::span<const uint8_t> bytes) {
  const auto &raw = decoded.raw;
  const int64_t end = offset + decoded.length;
  Instruction result{.offset = offset,
                     .bytes = bytes.first(decoded.length),
                     .nops = {},
                     .mnemonic = static_cast<uint32_t>(decoded.mnemonic),
                     .prefixes = raw.prefix_count,
                     .isBranch = raw.imm[0].is_relative != 0};
  if (result.isBranch) {
    result.field = raw.imm[0].offset;
    result.fieldSize = raw.imm[0].size / 8;
    result.destination = end + raw.imm[0].value.s;
  } else if ((decoded.attributes & ZYDIS_ATTRIB_IS_RELATIVE) != 0) {
    result.field = raw.disp.offset;
    result.fieldSize = raw.disp.size / 8;
    result.destination = end + raw.disp.value;
  }
  return result;
}

} // namespace

bool InstructionList::append(std::span<const uint8_t> bytes, int64_t base, size_t limit) {
  if (base < end_ || !trailingNops_.empty())
    return false;
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  size_t offset = 0, nops = 0;
  for (size_t added = 0; offset < bytes.size() && added < limit;) {
    const auto rest = bytes.subspan(offset);
    ZydisDecodedInstruction decoded;
    if (!ZYAN_SUCCESS(
            ZydisDecoderDecodeInstruction(&decoder, nullptr, rest.data(), rest.size(), &decoded)))
      return false;
    const int64_t place = base + static_cast<int64_t>(offset);
    offset += decoded.length;
    if (decoded.mnemonic == ZYDIS_MNEMONIC_NOP && !doesCount(place)) {
      nops_.push_back(place);
      nops += decoded.length;
      continue;
    }
    instructions_.push_back(describe(decoded, place, rest));
    instructions_.back().nops = bytes.subspan(offset - decoded.length - nops, nops);
    nops = 0;
    ++added;
  }
  trailingNops_ = bytes.subspan(offset - nops, nops);
  end_ = base + static_cast<int64_t>(offset);
  return true;
}

bool InstructionList::doesCount(int64_t nop) const {
  return std::ranges::any_of(
      nopsThatCount_, [&](const CodeRange &range) { return range.from <= nop && nop < range.to; });
}

std::optional<size_t> InstructionList::numberAt(int64_t offset) const {
  const auto next = std::ranges::lower_bound(instructions_, offset, {}, &Instruction::offset);
  if (next == instructions_.end() ||
      (next->offset != offset && !std::ranges::binary_search(nops_, offset)))
    return std::nullopt;
  return static_cast<size_t>(next - instructions_.begin());
}

bool haveSameForm(const Instruction &one, const Instruction &other) {
  if (one.mnemonic != other.mnemonic || one.isBranch != other.isBranch ||
      one.prefixes != other.prefixes)
    return false;
  return one.isBranch
             ? std::ranges::equal(one.bytes.first(one.prefixes), other.bytes.first(other.prefixes))
             : one.bytes.size() == other.bytes.size() && one.field == other.field &&
                   one.fieldSize == other.fieldSize;
}

} // namespace suture::builder
