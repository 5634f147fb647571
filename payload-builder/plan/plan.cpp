// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/plan/plan.h"

#include "payload-builder/support/elf_file.h"
#include "payload-builder/support/payload_file.h"

#include <fmt/format.h>

namespace suture::builder {

namespace {

std::string_view roleName(ChunkRole role) {
  switch (role) {
  case ChunkRole::Text:
    return "text";
  case ChunkRole::Constant:
    return "constant";
  case ChunkRole::Data:
    return "data";
  case ChunkRole::Zero:
    return "zero";
  }
  return "";
}

std::string dumpReference(const Plan &plan, const PlannedReference &reference) {
  std::string target;
  if (const auto *chunk = std::get_if<ChunkIndex>(&reference.target))
    target = fmt::format("chunk {} ({})", chunk->value, plan.chunks[chunk->value].description);
  else
    target = plan.symbols[std::get<BoundSymbolIndex>(reference.target).value].name;
  return fmt::format("    {:#x} {} {}{:+}\n", reference.offset, relocationName(reference.type),
                     target, reference.addend);
}

} // namespace

std::string dump(const Plan &plan) {
  std::string text =
      fmt::format("depends {}\nxen_depends {}\n", toHex(plan.depends), toHex(plan.xenDepends));
  for (const PlannedFunction &function : plan.functions)
    text += fmt::format("function {} at {:#x}+{} -> chunk {} ({} bytes, {} expected): {}\n",
                        function.name, function.oldAddress ? function.oldAddress->value : 0,
                        function.oldSize, function.code.value, function.newSize,
                        function.expectation.size(), toString(function.why));
  for (size_t i = 0; i < plan.chunks.size(); ++i) {
    const Chunk &chunk = plan.chunks[i];
    text += fmt::format("chunk {} {} {} size {} align {}{}\n", i, roleName(chunk.role),
                        chunk.description, chunk.size, chunk.alignment,
                        chunk.isExported ? " exported" : "");
    for (const PlannedReference &reference : chunk.references)
      text += dumpReference(plan, reference);
  }
  for (const BoundSymbol &symbol : plan.symbols)
    text += symbol.address ? fmt::format("symbol {} = {:#x}\n", symbol.name, symbol.address->value)
                           : fmt::format("symbol {}\n", symbol.name);
  for (const std::string &note : plan.notes)
    text += "note " + note + "\n";
  for (const Refusal &refusal : plan.refusals)
    text += fmt::format("refusal {} {}", codeName(refusal.code), toString(refusal));
  return text;
}

} // namespace suture::builder
