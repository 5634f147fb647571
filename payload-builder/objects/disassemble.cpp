// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/disassemble.h"

#include "payload-builder/support/demangle.h"

#include <Zydis/Zydis.h>
#include <algorithm>
#include <cstdio>
#include <llvm/ADT/StringExtras.h>

namespace suture::builder {

namespace {

std::string withOffset(std::string name, int64_t offset) {
  if (offset > 0)
    name += "+" + std::to_string(offset);
  if (offset < 0)
    name += std::to_string(offset);
  return name;
}

/// The references of a piece whose fields lie in [from, to), as a comment.
std::string comment(const ObjectModel &object, const Piece &piece, uint64_t from, uint64_t to) {
  std::string text;
  for (const Reference &reference : piece.references)
    if (reference.offset >= from && reference.offset < to)
      text += "  ; " + describe(object, reference);
  return text;
}

std::vector<std::string> splitLines(const std::string &text) {
  std::vector<std::string> lines;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

} // namespace

std::string describe(const ObjectModel &object, const Reference &reference) {
  if (const auto *target = std::get_if<PieceTarget>(&reference.target)) {
    const Piece &piece = object.piece(target->piece);
    if (!piece.names.empty())
      return withOffset(demangle(piece.name()), target->offset);
    const int64_t offset = static_cast<int64_t>(piece.offset) + target->offset;
    return "[" + withOffset(std::string(object.sectionName(piece)), offset) + "]";
  }
  if (const auto *target = std::get_if<ExternalTarget>(&reference.target))
    return withOffset(demangle(target->name), target->offset);
  const auto &literal = std::get<LiteralTarget>(reference.target);
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::printEscapedString(literal.content.substr(0, 60), stream);
  return withOffset("\"" + text + "\"", literal.offset);
}

std::string disassemble(const ObjectModel &object, PieceIndex index) {
  const Piece &piece = object.piece(index);
  std::string result;
  for (uint64_t offset = 0; offset < piece.bytes.size();) {
    ZydisDisassembledInstruction instruction;
    const bool decoded = ZYAN_SUCCESS(
        ZydisDisassembleATT(ZYDIS_MACHINE_MODE_LONG_64, offset, piece.bytes.data() + offset,
                            piece.bytes.size() - offset, &instruction));
    const uint64_t length = decoded ? instruction.info.length : 1;
    char address[24];
    std::snprintf(address, sizeof address, "%5llx  ", static_cast<unsigned long long>(offset));
    result += address;
    result += decoded ? std::string(instruction.text) : std::string("(bad)");
    result += comment(object, piece, offset, offset + length) + "\n";
    offset += length;
  }
  return result;
}

std::string firstDifference(const std::string &base, const std::string &patched, size_t lines) {
  const auto before = splitLines(base), after = splitLines(patched);
  const size_t same =
      static_cast<size_t>(std::ranges::mismatch(before, after).in1 - before.begin());
  std::string result;
  for (size_t i = same; i < std::min(same + lines, before.size()); ++i)
    result += "    - " + before[i] + "\n";
  for (size_t i = same; i < std::min(same + lines, after.size()); ++i)
    result += "    + " + after[i] + "\n";
  return result;
}

} // namespace suture::builder
