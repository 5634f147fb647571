// SPDX-License-Identifier: Apache-2.0
// Whether an address ends up in live data cannot be told from relocations: the store has none. That
// it is taken can. A call or jump is known by its opcode; every other reference to the start of a
// new function (`lea f(%rip), %rax`, a pointer in a table) makes a value of its address. Data and
// strings are no matter for this: every use of them takes their address.
#include "payload-builder/plan/addresses_taken.h"

#include <algorithm>
#include <elf.h>

namespace suture::builder {

namespace {

/// Whether the field is the target of `call`, `jmp` or `jcc`. (The byte before any other
/// PC-relative field is a ModRM byte, xx000101b to xx111101b, which none of these opcodes is.)
bool isBranch(const Chunk &chunk, uint64_t field) {
  if (field < 1 || field > chunk.bytes.size())
    return false;
  const uint8_t opcode = chunk.bytes[field - 1];
  return opcode == 0xe8 || opcode == 0xe9 ||
         (field >= 2 && chunk.bytes[field - 2] == 0x0f && (opcode & 0xf0) == 0x80);
}

bool takesStart(const Chunk &chunk, const PlannedReference &reference) {
  // Loaders know by its section's name what a table's field is for.
  if (!chunk.section.empty())
    return false;
  if (chunk.role == ChunkRole::Text)
    return reference.type != R_X86_64_64
               ? reference.addend == -4 && !isBranch(chunk, reference.offset)
               : reference.addend == 0;
  // PC-relative fields in constants are jump tables.
  return reference.type == R_X86_64_64 && reference.addend == 0;
}

bool names(const Escape &escape, const std::string &function) {
  return !escape.subject.empty() && function.starts_with(escape.subject) &&
         (function.size() == escape.subject.size() || function[escape.subject.size()] == '(');
}

} // namespace

std::set<Escape> addressesTaken(const Plan &plan, const std::set<Escape> &known) {
  std::set<Escape> result;
  for (uint32_t i = 0; i < plan.chunks.size(); ++i) {
    const Chunk &chunk = plan.chunks[i];
    for (const PlannedReference &reference : chunk.references) {
      const auto *target = std::get_if<ChunkIndex>(&reference.target);
      if (target == nullptr || target->value == i || !takesStart(chunk, reference))
        continue;
      const Chunk &taken = plan.chunks[target->value];
      if (!taken.isFunction || std::ranges::any_of(known, [&](const Escape &escape) {
            return names(escape, taken.description);
          }))
        continue;
      const auto function =
          std::ranges::find(plan.functions, ChunkIndex{i}, &PlannedFunction::code);
      result.insert(
          {.subject = taken.description,
           .function = chunk.description,
           .location = function != plan.functions.end() ? function->why.location : SourceLocation{},
           .how = "is taken, and may be kept,"});
    }
  }
  return result;
}

} // namespace suture::builder
