// SPDX-License-Identifier: Apache-2.0
// A payload is right only for the code it was made against. Build-ids do not survive a rebuild, but
// bytes do: the same source, compiler and flags give the same code. So every function that is to be
// replaced is compiled from the base source and compared with the target's own bytes.
//
// Bytes outside of relocated fields must be the same. A relocated field is followed: what stands in
// the target's code is an address, and there must be what the object refers to: the symbol of that
// name, the same string, or a piece with the same content. Where two local symbols have one name,
// this also proves that the right one was bound.
//
// The object of the comparison stage has a section for each function, which changes a few functions
// (short tail jumps; 6 of 863 in Xen 4.16). Only for a unit where something differs is it compiled
// a second time with exactly the recorded flags, and what differs then is a real difference.
#include "payload-builder/verify/reproduce.h"

#include "payload-builder/objects/disassemble.h"
#include "payload-builder/plan/target_unit.h"
#include "payload-builder/support/demangle.h"

#include <algorithm>
#include <cstring>
#include <elf.h>
#include <fmt/format.h>
#include <optional>
#include <set>

namespace suture::builder {

namespace {

/// A difference between a base function and the target's bytes.
struct Difference {
  uint64_t offset = 0;
  std::string what;
};

/// Deepest chain of anonymous constants that is followed.
constexpr int maxDepth = 4;

class Matcher final {
public:
  Matcher(const TargetImage &image, const ObjectModel &object, const TargetUnit &unit)
      : image_(image), object_(object), unit_(unit) {}

  /// Compares a piece with the target's bytes at an address.
  std::optional<Difference> compare(PieceIndex index, TargetAddress address, int depth = 0) const {
    const Piece &piece = object_.piece(index);
    // What a function has out of line is elsewhere in the target.
    const size_t size = piece.kind == PieceKind::Function ? piece.symbolSize : piece.bytes.size();
    const auto bytes = image_.bytesAt(address, size);
    if (!bytes)
      return Difference{0, "the target has no bytes there"};
    std::vector<bool> isField(size, false);
    for (const Reference &reference : piece.references)
      for (uint64_t i = 0; i < fieldSize(reference) && reference.offset + i < isField.size(); ++i)
        isField[reference.offset + i] = true;
    for (size_t i = 0; i < size; ++i)
      if (!isField[i] && piece.bytes[i] != (*bytes)[i])
        return Difference{i, fmt::format("byte {:#04x} here, {:#04x} in the target", piece.bytes[i],
                                         (*bytes)[i])};
    for (const Reference &reference : piece.references)
      if (reference.offset < size)
        if (auto difference = compareReference(reference, address, *bytes, depth))
          return difference;
    return std::nullopt;
  }

private:
  static uint64_t fieldSize(const Reference &reference) {
    return reference.type == R_X86_64_64 ? 8 : 4;
  }

  /// The address that a field of the target's means.
  static TargetAddress meant(const Reference &reference, TargetAddress piece,
                             std::span<const uint8_t> bytes) {
    const uint8_t *field = bytes.data() + reference.offset;
    if (reference.type == R_X86_64_64) {
      uint64_t value = 0;
      std::memcpy(&value, field, sizeof value);
      return {value};
    }
    int32_t value = 0;
    std::memcpy(&value, field, sizeof value);
    const auto signedValue = static_cast<uint64_t>(int64_t{value});
    if (reference.type == R_X86_64_32 || reference.type == R_X86_64_32S)
      return {signedValue};
    return {piece.value + reference.offset + signedValue + static_cast<uint64_t>(reference.bias)};
  }

  std::optional<Difference> differs(const Reference &reference, const std::string &target) const {
    return Difference{reference.offset, "refers to " + describe(object_, reference) + " here, to " +
                                            target + " in the target"};
  }

  std::string nameAt(TargetAddress address) const {
    if (const auto symbol = image_.covering(address))
      return demangle(image_.symbol(*symbol).name);
    return fmt::format("{:#x}", address.value);
  }

  std::optional<Difference> compareReference(const Reference &reference, TargetAddress piece,
                                             std::span<const uint8_t> bytes, int depth) const {
    if (reference.offset + fieldSize(reference) > bytes.size())
      return Difference{reference.offset, "a relocated field reaches past the end"};
    const TargetAddress address = meant(reference, piece, bytes);
    if (const auto *external = std::get_if<ExternalTarget>(&reference.target))
      return compareExternal(reference, *external, address);
    if (const auto *literal = std::get_if<LiteralTarget>(&reference.target))
      return compareLiteral(reference, *literal, address);
    const auto &target = std::get<PieceTarget>(reference.target);
    const TargetAddress start{address.value - static_cast<uint64_t>(target.offset)};
    const Piece &referred = object_.piece(target.piece);
    if (!referred.names.empty())
      return compareNamed(reference, target.piece, start);
    // Jump tables hold distances from themselves: their fields are compared as bytes of the
    // function that they lead to, which is this one.
    if (depth >= maxDepth || object_.role(referred) != SectionRole::Constant ||
        !referred.references.empty())
      return std::nullopt;
    if (compare(target.piece, start, depth + 1))
      return differs(reference, "another constant");
    return std::nullopt;
  }

  std::optional<Difference> compareNamed(const Reference &reference, PieceIndex piece,
                                         TargetAddress start) const {
    const TargetMatch match = unit_.find(piece);
    if (const auto *symbol = std::get_if<SymbolIndex>(&match))
      return image_.symbol(*symbol).value == start.value ? std::nullopt
                                                         : differs(reference, nameAt(start));
    if (const auto *ambiguous = std::get_if<Ambiguous>(&match)) {
      const bool isOne = std::ranges::any_of(ambiguous->candidates, [&](SymbolIndex candidate) {
        return image_.symbol(candidate).value == start.value;
      });
      return isOne ? std::nullopt : differs(reference, nameAt(start));
    }
    // The target dropped the symbol's name (a cold part, a private object): nothing to compare by.
    return std::nullopt;
  }

  std::optional<Difference> compareExternal(const Reference &reference,
                                            const ExternalTarget &external,
                                            TargetAddress address) const {
    const auto symbols = image_.named(external.name);
    const bool isOne = std::ranges::any_of(symbols, [&](SymbolIndex symbol) {
      return image_.symbol(symbol).value + static_cast<uint64_t>(external.offset) == address.value;
    });
    // Linker-made symbols (GOT slots and the like) are not in the table.
    return isOne || symbols.empty() ? std::nullopt : differs(reference, nameAt(address));
  }

  std::optional<Difference> compareLiteral(const Reference &reference, const LiteralTarget &literal,
                                           TargetAddress address) const {
    const TargetAddress start{address.value - static_cast<uint64_t>(literal.offset)};
    const auto bytes = image_.bytesAt(start, literal.content.size());
    if (bytes && std::ranges::equal(*bytes, literal.content, {}, {},
                                    [](char c) { return static_cast<uint8_t>(c); }))
      return std::nullopt;
    return differs(reference, "something else");
  }

  const TargetImage &image_;
  const ObjectModel &object_;
  const TargetUnit &unit_;
};

class Reproducer final {
public:
  explicit Reproducer(const ReproduceRequest &request) : request_(request) {}

  llvm::Expected<std::vector<Refusal>> run() {
    for (const UnitObjects &unit : request_.objects.units)
      if (llvm::Error error = checkUnit(unit))
        return error;
    return std::move(refusals_);
  }

private:
  llvm::Error checkUnit(const UnitObjects &unit) {
    std::vector<std::string_view> open;
    const TargetUnit target(request_.image, unit.base, unit.changes.unit.source);
    for (const FunctionChange &change : unit.functions)
      if (check(unit.base, target, change.base))
        open.push_back(unit.base.piece(change.base).name());
    if (open.empty())
      return llvm::Error::success();
    auto exact = request_.compileExactly(unit);
    if (!exact)
      return exact.takeError();
    const TargetUnit exactTarget(request_.image, *exact, unit.changes.unit.source);
    for (const std::string_view name : open) {
      const auto piece = exact->find(name);
      const auto difference = piece ? check(*exact, exactTarget, *piece)
                                    : std::optional(Difference{0, "it is not in the object"});
      if (difference)
        refuse(unit, name, *difference);
    }
    return llvm::Error::success();
  }

  /// The lower payload that patches an address last; nullptr: none.
  const PayloadFunction *lowerFunction(uint64_t address, const PayloadFile *&payload) const {
    const PayloadFunction *result = nullptr;
    for (const PayloadFile &lower : request_.lowers)
      for (const PayloadFunction &function : lower.functions())
        if (function.oldAddress == address) {
          result = &function;
          payload = &lower;
        }
    return result;
  }

  std::optional<Difference> check(const ObjectModel &object, const TargetUnit &target,
                                  PieceIndex index) const {
    const SectionRole role = object.role(object.piece(index));
    if (role != SectionRole::Text)
      return std::nullopt;
    const TargetMatch match = target.find(index);
    const auto *symbol = std::get_if<SymbolIndex>(&match);
    if (symbol == nullptr)
      return std::nullopt; // The plan has refused it, or found that nothing is to be replaced.
    const ElfSymbol &running = request_.image.symbol(*symbol);
    const PayloadFile *payload = nullptr;
    if (const PayloadFunction *lower = lowerFunction(running.value, payload))
      return checkAgainstLower(object.piece(index), *payload, *lower);
    const Piece &piece = object.piece(index);
    if (running.size != 0 && running.size != piece.symbolSize)
      return Difference{
          0, fmt::format("{} bytes here, {} in the target", piece.symbolSize, running.size)};
    return Matcher(request_.image, object, target).compare(index, {running.value});
  }

  /// Outside of relocated fields: the payload's own relocations are not resolved yet.
  static std::optional<Difference> checkAgainstLower(const Piece &piece, const PayloadFile &payload,
                                                     const PayloadFunction &function) {
    if (!function.section)
      return Difference{0, "the payload underneath made it a NOP"};
    if (function.newSize != piece.size)
      return Difference{0, fmt::format("{} bytes here, {} in the payload underneath", piece.size,
                                       function.newSize)};
    const auto bytes =
        payload.file().section(*function.section).bytes.subspan(function.offset, piece.size);
    size_t next = 0;
    for (size_t i = 0; i < piece.bytes.size(); ++i) {
      while (next < piece.references.size() && i >= piece.references[next].offset + 4)
        ++next;
      const bool isField = next < piece.references.size() && i >= piece.references[next].offset;
      if (!isField && piece.bytes[i] != bytes[i])
        return Difference{i, fmt::format("byte {:#04x} here, {:#04x} in the payload underneath",
                                         piece.bytes[i], bytes[i])};
    }
    return std::nullopt;
  }

  void refuse(const UnitObjects &unit, std::string_view name, const Difference &difference) {
    refusals_.push_back(
        {.stage = Stage::Verify,
         .code = RefusalCode::ReproductionMismatch,
         .location = {.file = unit.changes.unit.source},
         .subject = demangle(name),
         .reason = fmt::format("the unpatched source, compiled here, does not give the bytes that "
                               "run in the target; first difference at byte {:#x}: {}",
                               difference.offset, difference.what),
         .advice = "Use the source and the compiler that the target was built with; name payloads "
                   "that are applied with --depends."});
  }

  const ReproduceRequest &request_;
  std::vector<Refusal> refusals_;
};

} // namespace

llvm::Expected<std::vector<Refusal>> reproduce(const ReproduceRequest &request) {
  return Reproducer(request).run();
}

} // namespace suture::builder
