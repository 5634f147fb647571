// SPDX-License-Identifier: Apache-2.0
// A payload is right only for the code it was made against. Build-ids do not survive a rebuild, but
// bytes do: the same source, compiler and flags give the same code. So the base source is compiled
// and compared with the target's own bytes (piece_matcher.h).
//
// Not the replaced functions alone: compilers look into the other functions of a unit. New code may
// keep a value in a register that a callee leaves alone (gcc's ipa-ra), or call a pure function
// once where the source has two calls. If another function of the unit is not what runs, new code
// relies on what is not so. The same goes for constants, which are folded into code. Sizes of
// variables are compared too: a type of another layout shows there first.
//
// The object of the comparison stage has a section for each function, which gives jumps to other
// functions, and to code out of line, another width and so moves what follows (43 functions of
// vmx.c in Xen 4.16). Such a function is compared instruction by instruction (code_matcher.h). Only
// a unit where something still differs is compiled a second time, with exactly the recorded flags,
// and what differs then is a real difference.
//
// What is not held against a unit: a function that the linker dropped; a copy of an inline function
// of C++, or a weak function, that it took from another unit (compilers rely on nothing in those).
// With payloads underneath, the base is the target's source and theirs: what they replaced is
// compared with their code. Boot code that their fixes touch, and constants for which they brought
// new ones, are in no payload, so that these are left out then; the constants that a function of
// the target uses are compared with it all the same. What a payload written by hand replaced has no
// source to compare with.
#include "payload-builder/verify/reproduce.h"

#include "payload-builder/objects/compilers_of.h"
#include "payload-builder/plan/target_unit.h"
#include "payload-builder/support/demangle.h"
#include "payload-builder/support/parallel.h"
#include "payload-builder/verify/piece_matcher.h"

#include <algorithm>
#include <elf.h>
#include <fmt/format.h>
#include <optional>
#include <ranges>
#include <set>
#include <string>
#include <utility>

namespace suture::builder {

namespace {

/// A piece of a unit that is not what the target has.
struct Mismatch {
  std::string_view name;
  Difference difference;
};

/// Code of the payload comes from it, and some of its code runs in the target. (All of a source
/// that is new is new.)
bool isCarriedFrom(const UnitObjects &unit) {
  const auto &pieces = unit.patched.pieces();
  bool hasNew = false, hasOld = false;
  for (uint32_t i = 0; i < pieces.size(); ++i)
    if (pieces[i].kind == PieceKind::Function)
      (unit.comparison.baseOf[i] ? hasOld : hasNew) = true;
  return hasOld && (hasNew || !unit.functions.empty());
}

/// Compares one unit, in one of its two compilations, with the target.
class UnitCheck final {
public:
  UnitCheck(const ReproduceRequest &request, const UnitObjects &unit, const ObjectModel &object)
      : request_(request), object_(object),
        target_(request.image, object, sourcesOf(unit.changes.unit)),
        matcher_(request.image, object, target_) {
    for (const FunctionChange &change : unit.functions)
      replaced_.push_back(unit.base.piece(change.base).name());
  }

  /// Names of the pieces that are to be the same, those that are replaced first.
  std::vector<std::string_view> names() const {
    std::vector<std::string_view> result = replaced_;
    for (const Piece &piece : object_.pieces())
      if (isWanted(piece) && !isReplaced(piece.name()))
        result.push_back(piece.name());
    return result;
  }

  std::optional<Difference> check(std::string_view name) {
    const auto index = object_.find(name);
    if (!index)
      return Difference{0, "it is not in the object"};
    const TargetMatch match = target_.find(*index);
    if (const auto *symbol = std::get_if<SymbolIndex>(&match))
      return checkAgainst(*index, *symbol);
    std::optional<Difference> difference;
    if (const auto *ambiguous = std::get_if<Ambiguous>(&match))
      for (const SymbolIndex candidate : ambiguous->candidates)
        if (!(difference = checkAgainst(*index, candidate)))
          break;
    return difference;
  }

private:
  bool isReplaced(std::string_view name) const {
    return std::ranges::find(replaced_, name) != replaced_.end();
  }

  bool isWanted(const Piece &piece) const {
    const SectionRole role = piece.role;
    if (piece.names.empty() || piece.inGroup || piece.binding == STB_WEAK ||
        role == SectionRole::Ignored)
      return false;
    if (piece.kind == PieceKind::Function)
      return role == SectionRole::Text || request_.lowers.empty();
    return request_.lowers.empty();
  }

  std::optional<Difference> checkAgainst(PieceIndex index, SymbolIndex symbol) {
    const Piece &piece = object_.piece(index);
    const ElfSymbol &running = request_.image.symbol(symbol);
    if (piece.kind == PieceKind::Function)
      for (const PayloadFile &lower : request_.lowers | std::views::reverse)
        for (const PayloadFunction &function : lower.functions())
          if (function.oldAddress == running.value)
            return checkAgainstLower(piece, lower, function);
    return matcher_.compareNamed(index, running);
  }

  /// Outside of relocated fields: the payload's own relocations are not resolved yet.
  std::optional<Difference> checkAgainstLower(const Piece &piece, const PayloadFile &payload,
                                              const PayloadFunction &function) const {
    if (!payload.diff() && !isReplaced(piece.name()))
      return std::nullopt;
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

  const ReproduceRequest &request_;
  const ObjectModel &object_;
  TargetUnit target_;
  PieceMatcher matcher_;
  std::vector<std::string_view> replaced_;
};

/// Most likely causes of a difference, the certain one first.
std::string causes(const std::set<std::string> &here, const std::set<std::string> &there,
                   size_t differing, size_t all) {
  const bool isKnown = !here.empty() && !there.empty();
  if (isKnown && !std::ranges::includes(there, here))
    return fmt::format("The compiler here is {}, and the target was built with {}: use that one.",
                       *here.begin(), fmt::join(there, ", "));
  const std::string same = isKnown ? "The compiler is of the same version. " : "";
  // A difference in the source shows in few functions; one in flags or a configuration in many.
  if (differing * 2 > all)
    return same + "Most differ: use the flags and the configuration (.config) that the target was "
                  "built with, then its source.";
  return same + "Few differ: use the very source that the target was built from, then its "
                "configuration (.config); name payloads that are applied with --depends.";
}

class Reproducer final {
public:
  explicit Reproducer(const ReproduceRequest &request)
      : request_(request), targetsCompilers_(compilersOf(request.image.file())) {}

  llvm::Expected<std::vector<Refusal>> run() const {
    const std::vector<UnitObjects> &units = request_.objects.units;
    std::vector<std::optional<Refusal>> refusals(units.size());
    if (llvm::Error error = tryParallelFor(units.size(), [&](size_t i) -> llvm::Error {
          if (!isCarriedFrom(units[i]))
            return llvm::Error::success();
          auto refusal = checkUnit(units[i]);
          if (!refusal)
            return refusal.takeError();
          refusals[i] = std::move(*refusal);
          return llvm::Error::success();
        }))
      return error;
    std::vector<Refusal> result;
    for (std::optional<Refusal> &refusal : refusals)
      if (refusal)
        result.push_back(std::move(*refusal));
    return result;
  }

private:
  llvm::Expected<std::optional<Refusal>> checkUnit(const UnitObjects &unit) const {
    UnitCheck split(request_, unit, unit.base);
    const std::vector<std::string_view> names = split.names();
    std::vector<std::string_view> open;
    for (const std::string_view name : names)
      if (split.check(name))
        open.push_back(name);
    if (open.empty())
      return std::nullopt;
    auto exact = request_.compileExactly(unit);
    if (!exact)
      return exact.takeError();
    UnitCheck check(request_, unit, *exact);
    std::vector<Mismatch> mismatches;
    for (const std::string_view name : open)
      if (auto difference = check.check(name))
        mismatches.push_back({name, std::move(*difference)});
    if (mismatches.empty())
      return std::nullopt;
    return refusal(unit, mismatches, names.size(), compilersOf(exact->file()));
  }

  Refusal refusal(const UnitObjects &unit, std::span<const Mismatch> mismatches, size_t all,
                  const std::set<std::string> &compilers) const {
    const auto &[name, difference] = mismatches.front();
    const bool isReplaced = std::ranges::any_of(unit.functions, [&](const FunctionChange &change) {
      return unit.base.piece(change.base).name() == name;
    });
    return {.stage = Stage::Verify,
            .code = RefusalCode::ReproductionMismatch,
            .location = {.file = unit.changes.unit.source},
            .subject = demangle(name),
            .reason = fmt::format(
                "the unpatched source, compiled here, does not give the bytes that run in the "
                "target; first difference at byte {:#x}: {}. Of {} functions and objects of this "
                "unit, {} not the same{}",
                difference.offset, difference.what, all,
                mismatches.size() == 1 ? "1 is" : fmt::format("{} are", mismatches.size()),
                isReplaced ? ""
                           : "; the payload does not replace this one, but compilers rely on what "
                             "other functions of a unit do"),
            .advice = causes(compilers, targetsCompilers_, mismatches.size(), all)};
  }

  const ReproduceRequest &request_;
  std::set<std::string> targetsCompilers_;
};

} // namespace

llvm::Expected<std::vector<Refusal>> reproduce(const ReproduceRequest &request) {
  return Reproducer(request).run();
}

} // namespace suture::builder
