// SPDX-License-Identifier: Apache-2.0
// Line numbers. A fix that adds a line moves every `__LINE__` below it, and BUG(), ASSERT() and
// printk() make code of it: two blank lines at the top of every file of Xen change 95 of 3,732
// functions. None of them may enter a payload. So the patched text is compiled with `#line`
// directives after each hunk (the diff stage makes that text), which give every unchanged line the
// number it has in the target: unchanged code then compiles to unchanged bytes, whatever it does
// with its line number. The base under lower payloads is compiled in the same way, against the text
// on disk. What a replaced function reports in a BUG() is therefore the line of the target's
// original source for unchanged lines. Rejected: a list of functions known to take line numbers
// (kpatch; incomplete by nature), and comparing code with immediates masked (wrong).
#include "payload-builder/objects/compare_objects.h"

#include "payload-builder/objects/disassemble.h"
#include "payload-builder/objects/loose_tables.h"
#include "payload-builder/support/demangle.h"
#include "payload-builder/support/parallel.h"

#include <algorithm>
#include <optional>
#include <set>

namespace suture::builder {

namespace {

/// Instructions shown of each side of a difference that nothing explains.
constexpr size_t shownInstructions = 6;

struct UnitOutcome {
  std::optional<UnitObjects> objects;
  std::optional<DismissedUnit> dismissed;
  std::vector<Refusal> refusals;
  llvm::Error error = llvm::Error::success();
};

/// The function that a piece belongs to: for a cold part, the one that jumps to it.
PieceIndex ownerOf(const ObjectModel &object, PieceIndex index) {
  const std::string_view name = object.piece(index).name();
  if (!isColdPart(name))
    return index;
  const std::string_view owner = name.substr(0, name.find(".cold"));
  return object.find(owner).value_or(index);
}

/// Constants whose value differs, those that refer to one of them included.
std::set<uint32_t> differingConstants(const UnitObjects &unit) {
  std::set<uint32_t> result;
  const auto &pieces = unit.patched.pieces();
  const auto refersToChanged = [&](const Piece &piece) {
    return std::ranges::any_of(piece.references, [&](const Reference &reference) {
      const auto *target = std::get_if<PieceTarget>(&reference.target);
      return target != nullptr && result.contains(target->piece.value);
    });
  };
  for (bool grown = true; grown;) {
    grown = false;
    for (uint32_t i = 0; i < pieces.size(); ++i)
      if (pieces[i].kind == PieceKind::Data && unit.comparison.baseOf[i] &&
          unit.patched.role(pieces[i]) == SectionRole::Constant &&
          (unit.comparison.differs[i] || refersToChanged(pieces[i])))
        grown |= result.insert(i).second;
  }
  return result;
}

bool refersTo(const ObjectModel &object, PieceIndex index, const std::set<uint32_t> &wanted,
              std::set<uint32_t> &seen) {
  if (!seen.insert(index.value).second)
    return false;
  return std::ranges::any_of(object.piece(index).references, [&](const Reference &reference) {
    const auto *target = std::get_if<PieceTarget>(&reference.target);
    if (target == nullptr)
      return false;
    return wanted.contains(target->piece.value) || (object.piece(target->piece).names.empty() &&
                                                    refersTo(object, target->piece, wanted, seen));
  });
}

/// Functions that must be replaced: they differ, or refer to a constant that does.
std::vector<PieceIndex> differingFunctions(const UnitObjects &unit,
                                           const std::set<uint32_t> &constants) {
  std::set<uint32_t> result;
  const auto &pieces = unit.patched.pieces();
  for (uint32_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].kind != PieceKind::Function || !unit.comparison.baseOf[i])
      continue;
    std::set<uint32_t> seen;
    if (!unit.comparison.differs[i] && !refersTo(unit.patched, {i}, constants, seen))
      continue;
    const PieceIndex owner = ownerOf(unit.patched, {i});
    if (unit.comparison.baseOf[owner.value])
      result.insert(owner.value);
  }
  std::vector<PieceIndex> sorted;
  for (const uint32_t index : result)
    sorted.push_back({index});
  return sorted;
}

Refusal unexplained(const UnitObjects &unit, const FunctionChange &change) {
  const std::string_view name = unit.patched.piece(change.patched).name();
  return {.stage = Stage::Objects,
          .code = RefusalCode::UnexplainedObjectChange,
          .location = {.file = unit.changes.unit.source},
          .subject = demangle(name),
          .reason = "its code differs, and no change in the source accounts for it:\n" +
                    firstDifference(disassemble(unit.base, change.base),
                                    disassemble(unit.patched, change.patched), shownInstructions),
          .advice = "If the change is right, change the function's source too, so that it is "
                    "replaced for a stated reason."};
}

Refusal tableChanged(const UnitObjects &unit, const std::string &section) {
  return {.stage = Stage::Objects,
          .code = RefusalCode::CodeTableChanged,
          .location = {.file = unit.changes.unit.source},
          .subject = section,
          .reason = "what differs in it belongs to no function of the unit that could be replaced",
          .advice = "Make the fix without a change in alternatives, fixups or exception tables."};
}

SourceLocation placeOf(const UnitObjects &unit, std::string_view function) {
  for (const Change &change : unit.changes.changes)
    if (change.linkageName == familyOf(function))
      return change.location;
  return {.file = unit.changes.unit.source};
}

/// Moves functions that are gone since boot out of the list: why they differ is of no matter.
std::vector<PieceIndex> takeBootFunctions(UnitObjects &unit, std::vector<PieceIndex> differing) {
  std::erase_if(differing, [&](PieceIndex patched) {
    const PieceIndex base = *unit.comparison.baseOf[patched.value];
    const Piece &piece = unit.base.piece(base);
    if (unit.base.role(piece) != SectionRole::InitText)
      return false;
    unit.bootFunctions.push_back({base, placeOf(unit, piece.name())});
    return true;
  });
  std::ranges::sort(unit.bootFunctions, {}, [&](const BootFunction &function) {
    return unit.base.piece(function.base).name();
  });
  return differing;
}

llvm::Error compareUnit(UnitObjects &unit, const ObjectsRequest &request, UnitOutcome &outcome) {
  auto comparison = comparePieces(unit.base, unit.patched);
  if (!comparison)
    return comparison.takeError();
  unit.comparison = std::move(*comparison);
  const std::set<uint32_t> constants = differingConstants(unit);
  for (const uint32_t index : constants)
    unit.changedConstants.push_back({index});
  const auto &pieces = unit.patched.pieces();
  for (uint32_t i = 0; i < pieces.size(); ++i) {
    const SectionRole role = unit.patched.role(pieces[i]);
    if (pieces[i].kind == PieceKind::Data && unit.comparison.baseOf[i] &&
        unit.comparison.differs[i] && role != SectionRole::Constant)
      unit.changedData.push_back({i});
  }
  const std::vector<PieceIndex> differing =
      takeBootFunctions(unit, differingFunctions(unit, constants));
  auto explanation = explain(unit.base, unit.patched, unit.comparison, differing,
                             unit.changedConstants, unit.changes, request.changes.layouts);
  if (!explanation)
    return explanation.takeError();
  unit.functions = std::move(explanation->functions);
  for (const FunctionChange &change : explanation->unexplained)
    outcome.refusals.push_back(unexplained(unit, change));
  for (const std::string &section : changedLooseTables(unit.base, unit.patched))
    outcome.refusals.push_back(tableChanged(unit, section));
  return llvm::Error::success();
}

/// Functions or objects that are new, which code of other units may need.
bool bringsNew(const UnitObjects &unit) {
  const auto &pieces = unit.patched.pieces();
  for (uint32_t i = 0; i < pieces.size(); ++i)
    if (!pieces[i].names.empty() && !unit.comparison.baseOf[i] &&
        unit.patched.role(pieces[i]) != SectionRole::Ignored)
      return true;
  return false;
}

bool hasNothing(const UnitObjects &unit) {
  return unit.functions.empty() && unit.bootFunctions.empty() && unit.changedConstants.empty() &&
         unit.changedData.empty() && !bringsNew(unit);
}

UnitOutcome compare(const ObjectsRequest &request, const UnitChanges &changes,
                    CompiledUnit &compiled) {
  UnitOutcome outcome;
  const llvm::ErrorAsOutParameter checked(&outcome.error);
  UnitObjects unit{.changes = changes,
                   .base = std::move(compiled.base),
                   .patched = std::move(compiled.patched),
                   .comparison = {},
                   .functions = {},
                   .bootFunctions = {},
                   .changedConstants = {},
                   .changedData = {}};
  outcome.error = compareUnit(unit, request, outcome);
  if (hasNothing(unit) && outcome.refusals.empty())
    outcome.dismissed = {changes.unit.source, "its code is the same"};
  else
    outcome.objects.emplace(std::move(unit));
  return outcome;
}

} // namespace

llvm::Expected<ObjectsResult> compareObjects(const ObjectsRequest &request) {
  const auto &units = request.changes.units;
  std::vector<Unit> wanted;
  for (const UnitChanges &unit : units)
    wanted.push_back(unit.unit);
  auto compiled = request.compiler.take(wanted);
  if (!compiled)
    return compiled.takeError();
  std::vector<UnitOutcome> outcomes(units.size());
  parallelFor(units.size(),
              [&](size_t i) { outcomes[i] = compare(request, units[i], (*compiled)[i]); });
  ObjectsResult result;
  llvm::Error errors = llvm::Error::success();
  for (UnitOutcome &outcome : outcomes) {
    errors = llvm::joinErrors(std::move(errors), std::move(outcome.error));
    if (outcome.objects)
      result.units.push_back(std::move(*outcome.objects));
    if (outcome.dismissed)
      result.dismissed.push_back(std::move(*outcome.dismissed));
    std::ranges::move(outcome.refusals, std::back_inserter(result.refusals));
  }
  if (errors)
    return errors;
  return result;
}

std::string dump(const ObjectsResult &result) {
  std::string text;
  for (const UnitObjects &unit : result.units) {
    text += "unit " + unit.changes.unit.source + "\n";
    for (const FunctionChange &change : unit.functions)
      text += "  function " + demangle(unit.patched.piece(change.patched).name()) + ": " +
              toString(change.why) + "\n";
    for (const BootFunction &function : unit.bootFunctions)
      text += "  boot function " + demangle(unit.base.piece(function.base).name()) + "\n";
    for (const PieceIndex index : unit.changedConstants)
      text += "  constant " + demangle(unit.patched.piece(index).name()) + "\n";
    for (const PieceIndex index : unit.changedData)
      text += "  data " + demangle(unit.patched.piece(index).name()) + "\n";
  }
  for (const DismissedUnit &unit : result.dismissed)
    text += "dismissed " + unit.source + ": " + unit.why + "\n";
  for (const Refusal &refusal : result.refusals)
    text += "refusal " + std::string(codeName(refusal.code)) + " " + toString(refusal);
  return text;
}

} // namespace suture::builder
