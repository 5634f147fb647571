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

#include "payload-builder/objects/changed_constants.h"
#include "payload-builder/objects/disassemble.h"
#include "payload-builder/objects/loose_tables.h"
#include "payload-builder/objects/moved_definitions.h"
#include "payload-builder/objects/renumber.h"
#include "payload-builder/objects/replaced_data.h"
#include "payload-builder/objects/section_lists.h"
#include "payload-builder/objects/symbol_referrers.h"
#include "payload-builder/objects/witness.h"
#include "payload-builder/support/demangle.h"
#include "payload-builder/support/parallel.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

namespace suture::builder {

namespace {

/// Instructions shown of each side of a difference that nothing explains.
constexpr size_t shownInstructions = 6;

/// The function that a piece belongs to: for a cold part, the one that jumps to it.
PieceIndex ownerOf(const ObjectModel &object, PieceIndex index) {
  const std::string_view name = object.piece(index).name();
  if (!isColdPart(name))
    return index;
  const std::string_view owner = name.substr(0, name.find(".cold"));
  return object.find(owner).value_or(index);
}

/// Functions that must be replaced: they differ, or refer to a constant that does.
std::vector<PieceIndex> differingFunctions(const UnitObjects &unit,
                                           const ConstantReferences &constants) {
  std::set<uint32_t> result;
  const auto &pieces = unit.patched.pieces();
  for (uint32_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].kind != PieceKind::Function || !unit.comparison.baseOf[i])
      continue;
    if (!unit.comparison.differs[i] && !constants.of({i}))
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

const Change *changeOf(const UnitObjects &unit, std::string_view name) {
  for (const Change &change : unit.changes.changes)
    if (change.linkageName == familyOf(name))
      return &change;
  return nullptr;
}

SourceLocation placeOf(const UnitObjects &unit, std::string_view name) {
  const Change *change = changeOf(unit, name);
  return change != nullptr ? change->location : SourceLocation{.file = unit.changes.unit.source};
}

BootFunction bootFunction(const UnitObjects &unit, PieceIndex patched,
                          const SharedConstants &shared, const ConstantReferences &constants) {
  const PieceIndex base = *unit.comparison.baseOf[patched.value];
  BootFunction result{
      .base = base, .location = placeOf(unit, unit.base.piece(base).name()), .constant = {}};
  const auto constant = constants.of(patched);
  if (unit.comparison.differs[patched.value] || !constant)
    return result;
  result.constant = *constant;
  const auto found = shared.find(*constant);
  result.location = found != shared.end() ? found->second.location : placeOf(unit, *constant);
  return result;
}

/// Moves functions that are gone since boot out of the list: why they differ is of no matter.
std::vector<PieceIndex> takeBootFunctions(UnitObjects &unit, const SharedConstants &shared,
                                          const ConstantReferences &constants) {
  unit.bootFunctions.clear();
  std::vector<PieceIndex> differing = differingFunctions(unit, constants);
  std::erase_if(differing, [&](PieceIndex patched) {
    if (unit.base.piece(*unit.comparison.baseOf[patched.value]).role != SectionRole::InitText)
      return false;
    unit.bootFunctions.push_back(bootFunction(unit, patched, shared, constants));
    return true;
  });
  std::ranges::sort(unit.bootFunctions, {}, [&](const BootFunction &function) {
    return unit.base.piece(function.base).name();
  });
  return differing;
}

void findChangedData(UnitObjects &unit) {
  const auto &pieces = unit.patched.pieces();
  for (uint32_t i = 0; i < pieces.size(); ++i)
    if (pieces[i].kind == PieceKind::Data && unit.comparison.baseOf[i] &&
        unit.comparison.differs[i] && pieces[i].role != SectionRole::Constant)
      unit.changedData.push_back({i});
}

void findReadConstants(UnitObjects &unit, const SharedConstants &shared) {
  for (const Piece &piece : unit.patched.pieces())
    for (const Reference &reference : piece.references)
      if (const auto *target = std::get_if<ExternalTarget>(&reference.target);
          target != nullptr && shared.contains(target->name))
        unit.readConstants.emplace(target->name);
}

/// The functions that differ, each with its reason.
llvm::Expected<Explanation> explainUnit(UnitObjects &unit, const ObjectsRequest &request,
                                        const SharedConstants &shared) {
  std::set<uint32_t> own;
  for (const PieceIndex index : unit.changedConstants)
    own.insert(index.value);
  const std::vector<PieceIndex> differing =
      takeBootFunctions(unit, shared, ConstantReferences(unit.patched, own, shared));
  return explain({.base = unit.base,
                  .patched = unit.patched,
                  .comparison = unit.comparison,
                  .differing = differing,
                  .changedConstants = unit.changedConstants,
                  .sharedConstants = shared,
                  .changes = unit.changes,
                  .layouts = request.changes.layouts});
}

/// Functions or objects that are new, which code of other units may need.
bool bringsNew(const UnitObjects &unit) {
  const auto &pieces = unit.patched.pieces();
  for (uint32_t i = 0; i < pieces.size(); ++i)
    if (!pieces[i].names.empty() && !unit.comparison.baseOf[i] &&
        pieces[i].role != SectionRole::Ignored)
      return true;
  return false;
}

bool hasNothing(const UnitObjects &unit) {
  // Data that holds the address of a constant is for the plan to see.
  return unit.readConstants.empty() && unit.functions.empty() && unit.bootFunctions.empty() &&
         unit.changedConstants.empty() && unit.changedData.empty() && !bringsNew(unit);
}

Refusal readByAssembly(const Unit &reader, const std::string &name,
                       const SharedConstant &constant) {
  return {.stage = Stage::Objects,
          .code = RefusalCode::InitializerOfLiveDataChanged,
          .location = constant.location,
          .subject = demangle(name),
          .reason = "its value changes, and assembly that cannot be replaced refers to it (" +
                    reader.source + ")",
          .advice = "Make the functions that need the new value use a constant of another name."};
}

Refusal definedTwice(const Unit &other, const std::string &name, const SharedConstant &constant) {
  return {.stage = Stage::Objects,
          .code = RefusalCode::AmbiguousTargetSymbol,
          .location = constant.location,
          .subject = demangle(name),
          .reason = "its value changes, and a weak definition of it (" + other.source +
                    ") leaves open whose value the target has",
          .advice = "Make the functions that need the new value use a constant of another name."};
}

/// Units that are compared, more of them as more constants turn out to change.
class ObjectsComparison final {
public:
  explicit ObjectsComparison(const ObjectsRequest &request) : request_(request) {}

  llvm::Expected<ObjectsResult> run() {
    if (llvm::Error error = add(request_.changes.units))
      return error;
    for (std::set<std::string> found = findConstants(); !found.empty(); found = findConstants())
      if (llvm::Error error = addReadersOf(found))
        return error;
    return finish();
  }

private:
  static std::pair<std::string, std::string> keyOf(const Unit &unit) {
    return {unit.source, unit.command.output};
  }

  llvm::Error add(const std::vector<UnitChanges> &changes) {
    std::vector<Unit> wanted;
    for (const UnitChanges &unit : changes) {
      wanted.push_back(unit.unit);
      known_.insert(keyOf(unit.unit));
    }
    auto compiled = request_.compiler.take(wanted);
    if (!compiled)
      return compiled.takeError();
    const size_t first = units_.size();
    for (size_t i = 0; i < changes.size(); ++i)
      units_.push_back({.changes = changes[i],
                        .base = std::move((*compiled)[i].base),
                        .patched = std::move((*compiled)[i].patched),
                        .isBuiltBase = (*compiled)[i].isBuiltBase});
    if (llvm::Error error =
            tryParallelFor(changes.size(), [&](size_t i) { return compare(units_[first + i]); }))
      return error;
    return replacePoorWitnesses();
  }

  /// Compiles the base where the object that the build left may not say what that would say.
  llvm::Error replacePoorWitnesses() {
    Agreement all;
    for (const UnitObjects &unit : units_)
      if (unit.isBuiltBase) {
        const Agreement own = agreementOf(unit.patched, unit.comparison);
        all.same += own.same;
        all.differing += own.differing;
      }
    return tryParallelFor(units_.size(), [&](size_t i) {
      UnitObjects &unit = units_[i];
      const bool isPoor =
          unit.isBuiltBase &&
          (!areFromOneCompiler(all) || !isGoodWitness(unit.base, unit.patched, unit.comparison));
      return isPoor ? compileBase(unit) : llvm::Error::success();
    });
  }

  llvm::Error compare(UnitObjects &unit) {
    if (llvm::Error error = compare(unit, {}))
      return error;
    if (!unit.comparison.lacksDeclarations)
      return llvm::Error::success();
    auto compiled = request_.compiler.compileWithStaticLocals(unit.changes.unit);
    if (!compiled)
      return compiled.takeError();
    unit.base = std::move(compiled->base);
    unit.patched = std::move(compiled->patched);
    unit.isBuiltBase = false;
    return compare(unit, [this](unsigned line) { return isSameLine(line); });
  }

  static llvm::Error compare(UnitObjects &unit, const IsSameLine &isSameLine) {
    auto comparison = comparePieces(unit.base, unit.patched, isSameLine, unit.changes.soleStatics);
    if (!comparison)
      return comparison.takeError();
    unit.comparison = std::move(*comparison);
    return llvm::Error::success();
  }

  /// Where the object that the build left does not say enough.
  llvm::Error compileBase(UnitObjects &unit) {
    auto base = request_.compiler.compileBase(unit.changes.unit);
    if (!base)
      return base.takeError();
    unit.base = std::move(*base);
    unit.isBuiltBase = false;
    return compare(unit);
  }

  /// Of all files that change, since debug information of another file may have the number, too.
  bool isSameLine(unsigned line) {
    std::call_once(linesAreKnown_, [this] {
      for (const auto &[path, file] : request_.tree.files)
        differingLines_.merge(differingLines(file));
    });
    return !differingLines_.contains(line);
  }

  /// Changed constants of all units. Returns names under which others can refer to them, of those
  /// that are new since the last time. (One that each unit has a copy of comes from a header, and
  /// all that see it were looked at.)
  std::set<std::string> findConstants() {
    std::set<std::string> found;
    for (UnitObjects &unit : units_) {
      unit.changedConstants = findChangedConstants(unit.patched, unit.comparison, shared_);
      for (const PieceIndex index : unit.changedConstants) {
        const Piece &piece = unit.patched.piece(index);
        if (piece.isLocal() || piece.inGroup)
          continue;
        const Change *change = changeOf(unit, piece.name());
        for (const std::string_view name : piece.names)
          if (shared_
                  .try_emplace(std::string(name),
                               SharedConstant{placeOf(unit, piece.name()),
                                              change != nullptr ? change->detail : "value"})
                  .second)
            found.emplace(name);
      }
    }
    return found;
  }

  llvm::Error addReadersOf(const std::set<std::string> &names) {
    if (!referrers_) {
      auto units = request_.allUnits();
      if (!units)
        return units.takeError();
      auto referrers = SymbolReferrers::create(request_.compiler, std::move(*units));
      if (!referrers)
        return referrers.takeError();
      referrers_.emplace(std::move(*referrers));
    }
    std::vector<UnitChanges> readers;
    for (const std::string &name : names) {
      const SharedConstant &constant = shared_.find(name)->second;
      for (const Unit &unit : referrers_->weakDefinersOf(name))
        result_.refusals.push_back(definedTwice(unit, name, constant));
      for (Unit &unit : referrers_->of(name))
        if (unit.language == Language::Assembly)
          result_.refusals.push_back(readByAssembly(unit, name, constant));
        else if (known_.insert(keyOf(unit)).second)
          readers.push_back({.unit = std::move(unit), .changes = {}});
    }
    return add(readers);
  }

  llvm::Error judgeAcrossUnits() {
    std::vector<ComparedUnit> compared;
    for (const UnitObjects &unit : units_)
      compared.push_back({.changes = unit.changes,
                          .base = unit.base,
                          .patched = unit.patched,
                          .comparison = unit.comparison});
    auto moved = findMovedDefinitions(compared);
    if (!moved)
      return moved.takeError();
    result_.moved = std::move(moved->names);
    std::ranges::move(moved->refusals, std::back_inserter(result_.refusals));
    ReplacedData replaced = findReplacedData(compared);
    std::ranges::move(replaced.refusals, std::back_inserter(result_.refusals));
    result_.notes = std::move(replaced.notes);
    std::ranges::move(refuseChangedLists(compared), std::back_inserter(result_.refusals));
    return llvm::Error::success();
  }

  /// All that is found once it is known which constants change.
  llvm::Error finishUnit(UnitObjects &unit, std::vector<Refusal> &refusals) {
    auto explanation = explainUnit(unit, request_, shared_);
    if (explanation && unit.isBuiltBase && explanation->lacksInlining) {
      if (llvm::Error error = compileBase(unit))
        return error;
      explanation = explainUnit(unit, request_, shared_);
    }
    if (!explanation)
      return explanation.takeError();
    unit.functions = std::move(explanation->functions);
    findChangedData(unit);
    findReadConstants(unit, shared_);
    for (const FunctionChange &change : explanation->unexplained)
      refusals.push_back(unexplained(unit, change));
    for (const std::string &section : changedLooseTables(unit.base, unit.patched))
      refusals.push_back(tableChanged(unit, section));
    return llvm::Error::success();
  }

  llvm::Expected<ObjectsResult> finish() {
    if (llvm::Error error = judgeAcrossUnits())
      return error;
    std::vector<std::vector<Refusal>> refusals(units_.size());
    if (llvm::Error error = tryParallelFor(
            units_.size(), [&](size_t i) { return finishUnit(units_[i], refusals[i]); }))
      return error;
    for (size_t i = 0; i < units_.size(); ++i) {
      if (hasNothing(units_[i]) && refusals[i].empty())
        result_.dismissed.push_back({units_[i].changes.unit.source, "its code is the same"});
      else
        result_.units.push_back(std::move(units_[i]));
      std::ranges::move(refusals[i], std::back_inserter(result_.refusals));
    }
    return std::move(result_);
  }

  const ObjectsRequest &request_;
  std::vector<UnitObjects> units_;
  std::set<std::pair<std::string, std::string>> known_;
  SharedConstants shared_;
  std::once_flag linesAreKnown_;
  std::set<unsigned> differingLines_;
  std::optional<SymbolReferrers> referrers_;
  ObjectsResult result_;
};

} // namespace

llvm::Expected<ObjectsResult> compareObjects(const ObjectsRequest &request) {
  return ObjectsComparison(request).run();
}

std::string dump(const ObjectsResult &result) {
  std::string text;
  for (const UnitObjects &unit : result.units) {
    text += "unit " + unit.changes.unit.source + "\n";
    for (const FunctionChange &change : unit.functions)
      text += "  function " + demangle(unit.patched.piece(change.patched).name()) + ": " +
              toString(change.why) + "\n";
    for (const BootFunction &function : unit.bootFunctions)
      text += "  boot function " + demangle(unit.base.piece(function.base).name()) +
              (function.constant.empty() ? "" : ": refers to constant " + function.constant) + "\n";
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
