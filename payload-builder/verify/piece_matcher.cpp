// SPDX-License-Identifier: Apache-2.0
// What a relocated field means is known from its relocation; what stands in the target is an
// address. Both are compared as "start of the piece or symbol that is referred to". For a piece
// that the target has a symbol for, the symbol must start there; for a constant its contents must
// be the same besides, so that a table that the linker took from another file does not pass for
// this one.
//
// A linker may have turned a load from the global offset table into something shorter: the two
// bytes before such a field are the linker's (relocated_field.h).
#include "payload-builder/verify/piece_matcher.h"

#include "payload-builder/objects/disassemble.h"
#include "payload-builder/support/demangle.h"
#include "payload-builder/verify/relocated_field.h"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace suture::builder {

namespace {

/// Bytes that a linker writes, the opcode of a load that it may have relaxed included.
std::vector<bool> linkersBytes(const Piece &piece, size_t size) {
  std::vector<bool> result(size, false);
  for (const Reference &reference : piece.references) {
    const uint64_t before = throughGot(reference.type) ? 2 : 0;
    for (uint64_t i = reference.offset - std::min(before, reference.offset);
         i < std::min<uint64_t>(reference.offset + fieldSize(reference.type), size); ++i)
      result[i] = true;
  }
  return result;
}

} // namespace

std::optional<Difference> PieceMatcher::compare(PieceIndex index, TargetAddress address) {
  const auto [entry, isNew] = known_.try_emplace({index, address.value}, std::nullopt);
  if (isNew)
    entry->second = compareContents(index, address);
  return entry->second;
}

std::optional<Difference> PieceMatcher::compareNamed(PieceIndex index, const ElfSymbol &running) {
  const Piece &piece = object_.piece(index);
  const TargetAddress address{running.value};
  const bool isFunction = piece.kind == PieceKind::Function;
  const bool isSizeKnown = running.size != 0 && running.name == piece.name();
  std::optional<Difference> difference;
  if (isSizeKnown && running.size != piece.symbolSize)
    difference = {0,
                  fmt::format("{} bytes here, {} in the target", piece.symbolSize, running.size)};
  else if (isFunction || piece.role == SectionRole::Constant)
    difference = compare(index, address);
  if (!difference || !isFunction || !isSizeKnown)
    return difference;
  const auto meansSame = [this](const Reference &reference, TargetAddress there) {
    return !compareReference(reference, there);
  };
  return code_.isSame(index, running, meansSame) ? std::nullopt : difference;
}

std::optional<Difference> PieceMatcher::compareContents(PieceIndex index, TargetAddress address) {
  const Piece &piece = object_.piece(index);
  const size_t size = piece.bytes.size();
  const auto bytes = image_.bytesAt(address, size);
  if (!bytes)
    return Difference{0, "the target has no bytes there"};
  const std::vector<bool> skipped = linkersBytes(piece, size);
  for (size_t i = 0; i < size; ++i)
    if (!skipped[i] && piece.bytes[i] != (*bytes)[i])
      return Difference{
          i, fmt::format("byte {:#04x} here, {:#04x} in the target", piece.bytes[i], (*bytes)[i])};
  for (const Reference &reference : piece.references) {
    if (reference.offset > size || fieldSize(reference.type) > size - reference.offset)
      return Difference{reference.offset, "a relocated field reaches past the end"};
    std::optional<TargetAddress> there = meantBy(reference, address, *bytes);
    if (throughGot(reference.type))
      there = meantThroughTable(image_, reference, address, piece.bytes, *bytes);
    if (!there)
      return differs(reference, "something unknown");
    if (auto difference = compareReference(reference, *there))
      return difference;
  }
  return object_.isUndecodable(index) ? compareCodeAround(piece, address) : std::nullopt;
}

std::optional<Difference> PieceMatcher::compareCodeAround(const Piece &piece,
                                                          TargetAddress address) {
  const uint64_t section = address.value - piece.offset;
  const auto &pieces = object_.pieces();
  for (uint32_t i = 0; i < pieces.size(); ++i)
    if (pieces[i].kind == PieceKind::Anonymous && pieces[i].section == piece.section &&
        compare({i}, {section + pieces[i].offset}))
      return Difference{piece.size, "other code out of line"};
  return std::nullopt;
}

std::optional<Difference> PieceMatcher::compareReference(const Reference &reference,
                                                         TargetAddress address) {
  if (const auto *external = std::get_if<ExternalTarget>(&reference.target))
    return compareExternal(reference, *external, address);
  if (const auto *literal = std::get_if<LiteralTarget>(&reference.target))
    return compareLiteral(reference, *literal, address);
  const auto &target = std::get<PieceTarget>(reference.target);
  return comparePiece(reference, target, {address.value - static_cast<uint64_t>(target.offset)});
}

std::optional<Difference> PieceMatcher::comparePiece(const Reference &reference,
                                                     const PieceTarget &target,
                                                     TargetAddress start) {
  const Piece &piece = object_.piece(target.piece);
  const TargetMatch match = unit_.find(target.piece);
  std::vector<SymbolIndex> candidates;
  if (const auto *symbol = std::get_if<SymbolIndex>(&match))
    candidates = {*symbol};
  else if (const auto *ambiguous = std::get_if<Ambiguous>(&match))
    candidates = ambiguous->candidates;
  if (!candidates.empty() && std::ranges::none_of(candidates, [&](SymbolIndex candidate) {
        return image_.symbol(candidate).value == start.value;
      }))
    return differs(reference, nameAt(start));
  // Named functions are compared in their own right, and writable data has its own life. What the
  // target has no name for (a cold part, a private constant, code behind a function) is known by
  // its contents alone.
  const SectionRole role = piece.role;
  const bool isConstant = role == SectionRole::Constant;
  const bool isCode = role == SectionRole::Text || role == SectionRole::InitText ||
                      role == SectionRole::UnpatchableText;
  if (!isConstant && !(isCode && candidates.empty()))
    return std::nullopt;
  if (compare(target.piece, start))
    return differs(reference, isCode ? "other code" : "another constant");
  return std::nullopt;
}

std::optional<Difference> PieceMatcher::compareExternal(const Reference &reference,
                                                        const ExternalTarget &external,
                                                        TargetAddress address) const {
  bool isKnown = false;
  for (const SymbolIndex index : image_.named(external.name)) {
    if (image_.isUnitLocal(index))
      continue;
    isKnown = true;
    if (image_.symbol(index).value + static_cast<uint64_t>(external.offset) == address.value)
      return std::nullopt;
  }
  // A weak symbol that nobody defines, and what linkers make, are not in the table.
  return isKnown ? differs(reference, nameAt(address)) : std::nullopt;
}

std::optional<Difference> PieceMatcher::compareLiteral(const Reference &reference,
                                                       const LiteralTarget &literal,
                                                       TargetAddress address) const {
  const TargetAddress start{address.value - static_cast<uint64_t>(literal.offset)};
  const auto bytes = image_.bytesAt(start, literal.content.size());
  if (bytes && std::ranges::equal(*bytes, literal.content, {}, {},
                                  [](char c) { return static_cast<uint8_t>(c); }))
    return std::nullopt;
  return differs(reference, "something else");
}

std::optional<Difference> PieceMatcher::differs(const Reference &reference,
                                                const std::string &target) const {
  return Difference{reference.offset, "refers to " + describe(object_, reference) + " here, to " +
                                          target + " in the target"};
}

std::string PieceMatcher::nameAt(TargetAddress address) const {
  if (const auto symbol = image_.covering(address))
    return demangle(image_.symbol(*symbol).name);
  return fmt::format("{:#x}", address.value);
}

} // namespace suture::builder
