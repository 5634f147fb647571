// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/plan/make_plan.h"

#include "payload-builder/objects/moved_definitions.h"
#include "payload-builder/plan/carrier.h"
#include "payload-builder/support/demangle.h"
#include "runtime/format/payload.h"

#include <algorithm>
#include <elf.h>
#include <set>

namespace suture::builder {

namespace {

/// Tables of functions that the loader calls, of any kind.
constexpr std::string_view hookSections = ".livepatch.hooks.";

class Planner final {
public:
  explicit Planner(const PlanRequest &request)
      : request_(request), carrier_(request.image, request.objects, request.lowers, plan_) {}

  Plan run() {
    setDependencies(plan_, request_);
    for (size_t i = 0; i < request_.objects.units.size(); ++i) {
      const UnitIndex index{i};
      const UnitObjects &unit = request_.objects.units[i];
      for (const FunctionChange &change : unit.functions)
        planFunction(index, change);
      for (const BootFunction &function : unit.bootFunctions)
        noteBootFunction(unit, function);
      for (const PieceIndex piece : unit.changedData)
        planData(index, piece);
      recordConstants(index);
      carryHooks(index);
      refuseSecondDefinitions(index);
      refuseStaleReferences(index);
      refuseConstructors(index);
      refuseBootEntries(index);
      refuseDataSetAtBoot(index);
    }
    for (size_t i = 0; i < request_.objects.units.size(); ++i)
      judgeUnreadConstants({i});
    std::ranges::sort(plan_.functions, {}, &PlannedFunction::name);
    std::ranges::sort(plan_.notes);
    std::ranges::sort(plan_.constants);
    sortRefusals(plan_.refusals);
    return std::move(plan_);
  }

private:
  const UnitObjects &unit(UnitIndex index) const { return request_.objects.units[index.value]; }

  void refuse(RefusalCode code, const SourceLocation &location, std::string_view subject,
              std::string reason, std::string advice) {
    plan_.refusals.push_back({.stage = Stage::Plan,
                              .code = code,
                              .location = location,
                              .subject = demangle(subject),
                              .reason = std::move(reason),
                              .advice = std::move(advice)});
  }

  /// The change's place, or the unit where the change has none.
  SourceLocation placeOf(UnitIndex index, const Why &why) const {
    if (!why.location.file.empty())
      return why.location;
    return {.file = unit(index).changes.unit.source};
  }

  void planFunction(UnitIndex index, const FunctionChange &change) {
    const UnitObjects &objects = unit(index);
    const Piece &base = objects.base.piece(change.base);
    const SourceLocation place = placeOf(index, change.why);
    if (base.role == SectionRole::UnpatchableText)
      return refuseUnpatchable(place, base.name(),
                               "section " + std::string(objects.base.sectionName(base)));
    const TargetMatch match = carrier_.targetUnit(index).find(change.base);
    if (const auto *symbol = std::get_if<SymbolIndex>(&match))
      return replaceInTarget(index, change, *symbol);
    if (std::holds_alternative<Ambiguous>(match))
      return refuse(RefusalCode::AmbiguousTargetSymbol, place, base.name(),
                    "the target has several functions of this name, and which one belongs to this "
                    "unit cannot be told",
                    "Build the target with unique symbol names.");
    replaceInLower(index, change);
  }

  void noteBootFunction(const UnitObjects &unit, const BootFunction &function) {
    plan_.notes.push_back(
        demangle(unit.base.piece(function.base).name()) + " (" + toString(function.location) +
        "): not replaced, it ran at boot and is gone" +
        (function.constant.empty() ? ""
                                   : "; it refers to constant " + demangle(function.constant)));
  }

  void refuseUnpatchable(const SourceLocation &place, std::string_view name,
                         const std::string &witness) {
    refuse(RefusalCode::UnpatchableFunction, place, name,
           "the livepatch path itself, or code that runs at any moment, is in it (" + witness + ")",
           "This change takes effect with the next boot only.");
  }

  void replaceInTarget(UnitIndex index, const FunctionChange &change, SymbolIndex symbolIndex) {
    const UnitObjects &objects = unit(index);
    const ElfSymbol &symbol = request_.image.symbol(symbolIndex);
    const Piece &base = objects.base.piece(change.base);
    // One function of several units (an inline function of C++): the target kept one copy.
    if (!replaced_.insert(symbol.value).second)
      return;
    if (request_.image.unpatchable().contains({symbol.value}))
      return refuseUnpatchable(placeOf(index, change.why), base.name(), "the image says so");
    const uint64_t oldSize = symbol.size != 0 ? symbol.size : base.size;
    const auto bytes = request_.image.bytesFrom({symbol.value});
    const bool startsWithEndbr =
        bytes.size() >= sizeof(format::endbr64) &&
        std::ranges::equal(bytes.first(sizeof(format::endbr64)), format::endbr64);
    const uint64_t needed =
        format::jumpSize + (startsWithEndbr ? sizeof(format::endbr64) : size_t{0});
    if (oldSize < needed)
      return refuse(RefusalCode::FunctionTooSmall, placeOf(index, change.why), base.name(),
                    "it has " + std::to_string(oldSize) +
                        " bytes in the target, and the jump needs " + std::to_string(needed),
                    "Patch its callers: make the change where it is called.");
    PlannedFunction function = makeFunction(index, change);
    function.name = request_.image.loaderName(symbolIndex);
    function.oldAddress = TargetAddress{symbol.value};
    function.oldSize = static_cast<uint32_t>(oldSize);
    if (!startsWithEndbr && !isPatchedByLower(symbol.value))
      function.expectation = expectationFor(objects, change.base, bytes, oldSize);
    plan_.chunks[function.code.value].symbol = function.name;
    plan_.functions.push_back(std::move(function));
  }

  /// A function that is not in the target: a lower payload brought it, or nobody has it.
  void replaceInLower(UnitIndex index, const FunctionChange &change) {
    const UnitObjects &objects = unit(index);
    const Piece &base = objects.base.piece(change.base);
    const std::string name = carrier_.loaderName(index, base);
    if (!carrier_.isExportedByLower(name)) {
      plan_.notes.push_back(demangle(base.name()) +
                            ": not replaced, the target has no copy of it outside its callers");
      return;
    }
    if (base.size < format::jumpSize)
      return refuse(RefusalCode::FunctionTooSmall, placeOf(index, change.why), base.name(),
                    "it has " + std::to_string(base.size) + " bytes, and the jump needs " +
                        std::to_string(format::jumpSize),
                    "Patch its callers: make the change where it is called.");
    PlannedFunction function = makeFunction(index, change);
    function.name = name;
    function.oldSize = static_cast<uint32_t>(base.size);
    plan_.functions.push_back(std::move(function));
  }

  PlannedFunction makeFunction(UnitIndex index, const FunctionChange &change) {
    const UnitObjects &objects = unit(index);
    const Piece &patched = objects.patched.piece(change.patched);
    PlannedFunction function;
    function.displayName = demangle(patched.name());
    function.code = carrier_.carry(index, change.patched);
    function.newSize = static_cast<uint32_t>(patched.size);
    function.why = change.why;
    function.unit = objects.changes.unit.source;
    return function;
  }

  bool isPatchedByLower(uint64_t address) const {
    return std::ranges::any_of(request_.lowers, [&](const PayloadFile &lower) {
      return std::ranges::any_of(lower.functions(), [&](const PayloadFunction &function) {
        return function.oldAddress == address;
      });
    });
  }

  /// The target's bytes up to the first that boot may rewrite (alternatives, alternative calls).
  static std::vector<uint8_t> expectationFor(const UnitObjects &objects, PieceIndex function,
                                             std::span<const uint8_t> bytes, uint64_t oldSize) {
    uint64_t length = std::min<uint64_t>({format::opaqueSize, oldSize, bytes.size()});
    for (const PieceIndex entry : objects.base.entriesOf(function)) {
      const Piece &piece = objects.base.piece(entry);
      if (!objects.base.sectionName(piece).starts_with(".alt"))
        continue;
      for (const Reference &reference : piece.references)
        if (const auto *target = std::get_if<PieceTarget>(&reference.target);
            target != nullptr && target->piece == function && target->offset >= 0)
          length = std::min(length, static_cast<uint64_t>(target->offset));
    }
    return {bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(length)};
  }

  /// Hooks that the change adds.
  void carryHooks(UnitIndex index) {
    const UnitObjects &objects = unit(index);
    for (uint32_t i = 0; i < objects.patched.pieces().size(); ++i)
      if (!objects.comparison.baseOf[i] &&
          objects.patched.sectionName(objects.patched.piece({i})).starts_with(hookSections))
        carrier_.carry(index, {i});
  }

  /// What is new here and has the name of something of the target: who uses that there would go on
  /// using it.
  void refuseSecondDefinitions(UnitIndex index) {
    const UnitObjects &objects = unit(index);
    for (uint32_t i = 0; i < objects.patched.pieces().size(); ++i) {
      const Piece &piece = objects.patched.pieces()[i];
      if (objects.comparison.baseOf[i] || piece.names.empty() || !isSoleDefinition(piece) ||
          request_.objects.moved.contains(piece.name()))
        continue;
      if (std::ranges::any_of(request_.image.named(piece.name()), [&](SymbolIndex symbol) {
            return !request_.image.isUnitLocal(symbol);
          }))
        refuse(RefusalCode::DefinedElsewhere, placeOfVariable(index, piece.name()), piece.name(),
               "the target has a definition of it from another source, which stays",
               "Give the new one another name, or change the other.");
    }
  }

  void planData(UnitIndex index, PieceIndex pieceIndex) {
    const UnitObjects &objects = unit(index);
    const Piece &piece = objects.patched.piece(pieceIndex);
    const PieceIndex base = *objects.comparison.baseOf[pieceIndex.value];
    const SourceLocation place = placeOfVariable(index, piece.name());
    if (piece.role == SectionRole::InitData) {
      plan_.notes.push_back(demangle(piece.name()) + ": not carried, it is gone after boot");
      return;
    }
    if (std::holds_alternative<NotInTarget>(carrier_.targetUnit(index).find(base)))
      return;
    refuse(RefusalCode::InitializerOfLiveDataChanged, place, piece.name(),
           "its initial value changes, and the running target has its own value of it since boot",
           "Set the new value from a load hook.");
  }

  SourceLocation placeOfVariable(UnitIndex index, std::string_view name) const {
    for (const Change &change : unit(index).changes.changes)
      if (change.linkageName == familyOf(name))
        return change.location;
    return {.file = unit(index).changes.unit.source};
  }

  /// A payload on top of this one must not take the target's value for the current one.
  void recordConstants(UnitIndex index) {
    for (const PieceIndex piece : unit(index).changedConstants)
      if (isInTarget(index, piece))
        plan_.constants.push_back(carrier_.loaderName(index, unit(index).patched.piece(piece)));
  }

  /// Writable data of the target that points at a constant whose value changes would go on pointing
  /// at the old one.
  void refuseStaleReferences(UnitIndex index) {
    const UnitObjects &objects = unit(index);
    for (uint32_t i = 0; i < objects.patched.pieces().size(); ++i) {
      const Piece &piece = objects.patched.pieces()[i];
      const SectionRole role = piece.role;
      if ((role == SectionRole::Writable || role == SectionRole::PerCpu ||
           role == SectionRole::Unknown) &&
          isInTarget(index, {i}))
        for (const Reference &reference : piece.references)
          if (const auto constant = carrier_.changedConstant(index, reference))
            refuseStaleReference(index, piece, *constant);
    }
  }

  /// A patched piece has a counterpart there; one without a name may have.
  bool isInTarget(UnitIndex index, PieceIndex patched) const {
    const UnitObjects &objects = unit(index);
    const auto base = objects.comparison.baseOf[patched.value];
    if (objects.patched.piece(patched).names.empty() || !base)
      return objects.patched.piece(patched).names.empty();
    return !std::holds_alternative<NotInTarget>(carrier_.targetUnit(index).find(*base));
  }

  void refuseStaleReference(UnitIndex index, const Piece &holder, std::string_view constant) {
    const UnitObjects &objects = unit(index);
    const std::string name(holder.names.empty() ? objects.patched.sectionName(holder)
                                                : holder.name());
    refuse(RefusalCode::InitializerOfLiveDataChanged, placeOfVariable(index, constant), constant,
           "its value changes, and " + demangle(name) + " (" + objects.changes.unit.source +
               "), which the running target may have copied or changed, points at it",
           "Set the pointer from a load hook.");
  }

  /// Constants whose value changes and that nothing of the payload needs.
  void judgeUnreadConstants(UnitIndex index) {
    const UnitObjects &objects = unit(index);
    for (const PieceIndex pieceIndex : objects.changedConstants) {
      if (carrier_.find(index, pieceIndex) || !isInTarget(index, pieceIndex))
        continue;
      const Piece &piece = objects.patched.piece(pieceIndex);
      if (objects.patched.hasOwnSection(piece)) {
        plan_.notes.push_back(demangle(piece.name()) +
                              ": its value changes, and it is not carried: no code that still runs "
                              "refers to it");
        continue;
      }
      refuse(RefusalCode::InitializerOfLiveDataChanged, placeOfVariable(index, piece.name()),
             piece.name(),
             "its value changes, and no code refers to it by name: it is found as a part of "
             "section " +
                 std::string(objects.patched.sectionName(piece)) +
                 ", where the running target has the old one",
             "Change what walks through the section.");
    }
  }

  /// A constructor that is new: nobody would call it.
  void refuseConstructors(UnitIndex index) {
    const UnitObjects &objects = unit(index);
    const auto size = [](const ObjectModel &object) {
      uint64_t sum = 0;
      for (const Piece &piece : object.pieces())
        if (piece.role == SectionRole::Constructor)
          sum += piece.size;
      return sum;
    };
    if (size(objects.patched) > size(objects.base))
      refuse(RefusalCode::GlobalConstructor, {.file = objects.changes.unit.source},
             objects.changes.unit.source, "the change adds a constructor, which nobody would call",
             "Initialise the object from a load hook, or make it constant-initialised.");
  }

  /// New entries of tables that boot alone reads.
  void refuseBootEntries(UnitIndex index) {
    const UnitObjects &objects = unit(index);
    const auto &pieces = objects.patched.pieces();
    for (uint32_t i = 0; i < pieces.size(); ++i) {
      if (pieces[i].names.empty() || objects.comparison.baseOf[i])
        continue;
      const std::string_view section = objects.patched.sectionName(pieces[i]);
      if (section.starts_with(".initcall"))
        refuse(RefusalCode::NewInitcall, placeOfVariable(index, pieces[i].name()), pieces[i].name(),
               "a new initcall: boot is over, and nobody would call it",
               "Call it from a load hook.");
      if (section.starts_with(".init.setup"))
        refuse(RefusalCode::NewBootParameter, placeOfVariable(index, pieces[i].name()),
               pieces[i].name(), "a new boot parameter: the command line was read at boot",
               "Give the variable its value in the source or from a load hook.");
    }
  }

  /// New variables that code of the boot refers to: most likely it sets them, and it will not run.
  void refuseDataSetAtBoot(UnitIndex index) {
    const UnitObjects &objects = unit(index);
    for (const Piece &code : objects.patched.pieces()) {
      if (code.role != SectionRole::InitText)
        continue;
      for (const Reference &reference : code.references) {
        const auto *target = std::get_if<PieceTarget>(&reference.target);
        if (target == nullptr || objects.comparison.baseOf[target->piece.value] ||
            !carrier_.find(index, target->piece))
          continue;
        const Piece &variable = objects.patched.piece(target->piece);
        const SectionRole role = variable.role;
        if (role == SectionRole::Writable || role == SectionRole::Zero)
          refuse(RefusalCode::InitOnlyChange, placeOfVariable(index, variable.name()),
                 variable.name(),
                 "new data that " + demangle(code.name()) +
                     " uses, which ran at boot and is gone: what it sets would never be set",
                 "Set the variable from a load hook, and take it out of the boot code.");
      }
    }
  }

  const PlanRequest &request_;
  Plan plan_;
  Carrier carrier_;
  std::set<uint64_t> replaced_;
};

} // namespace

Plan makePlan(const PlanRequest &request) { return Planner(request).run(); }

void setDependencies(Plan &plan, const PlanRequest &request) {
  const auto hypervisor = request.image.buildId();
  plan.xenDepends.assign(hypervisor.begin(), hypervisor.end());
  const auto below = request.lowers.empty() ? hypervisor : request.lowers.back().buildId();
  plan.depends.assign(below.begin(), below.end());
  plan.metadata = {{"name", request.payloadName}, {"builder", "suture"}};
}

} // namespace suture::builder
