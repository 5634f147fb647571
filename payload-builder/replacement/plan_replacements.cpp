// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/replacement/plan_replacements.h"

#include "payload-builder/plan/carrier.h"
#include "payload-builder/replacement/register_use.h"
#include "payload-builder/support/demangle.h"
#include "runtime/format/payload.h"

#include <algorithm>
#include <elf.h>

namespace suture::builder {

namespace {

constexpr std::string_view replacementSection = ".suture.replacements";
constexpr std::string_view hookSections = ".livepatch.hooks.";
/// struct suture_replacement: two pointers.
constexpr uint64_t functionField = 8;

class ReplacementPlanner final {
public:
  explicit ReplacementPlanner(const PlanRequest &request)
      : request_(request), carrier_(request.image, request.objects, request.lowers, plan_) {}

  Plan run() {
    setDependencies(plan_, request_);
    for (size_t i = 0; i < request_.objects.units.size(); ++i)
      planUnit({i});
    if (plan_.functions.empty() && !hasHooks_ && plan_.refusals.empty())
      refuse({}, RefusalCode::ReplacementUndeclared, "",
             "the sources declare no replacement and no hook",
             "Declare which function is replaced: SUTURE_REPLACE(\"name\", function).");
    std::ranges::sort(plan_.functions, {}, &PlannedFunction::name);
    sortRefusals(plan_.refusals);
    return std::move(plan_);
  }

private:
  const UnitObjects &unit(UnitIndex index) const { return request_.objects.units[index.value]; }

  void refuse(UnitIndex index, RefusalCode code, std::string_view subject, std::string reason,
              std::string advice) {
    plan_.refusals.push_back({.stage = Stage::Plan,
                              .code = code,
                              .location = {.file = unit(index).changes.unit.source},
                              .subject = demangle(subject),
                              .reason = std::move(reason),
                              .advice = std::move(advice)});
  }

  void planUnit(UnitIndex index) {
    const ObjectModel &object = unit(index).patched;
    for (uint32_t i = 0; i < object.pieces().size(); ++i) {
      const Piece &piece = object.pieces()[i];
      const std::string_view section = object.sectionName(piece);
      if (section == replacementSection)
        planReplacement(index, piece);
      else if (section.starts_with(hookSections)) {
        carrier_.carry(index, {i});
        hasHooks_ = true;
      }
    }
  }

  static const Reference *referenceAt(const Piece &piece, uint64_t offset) {
    const auto found = std::ranges::find(piece.references, offset, &Reference::offset);
    return found == piece.references.end() ? nullptr : &*found;
  }

  /// The target's name in a record; "" where it is no string.
  static std::string nameOf(const ObjectModel &object, const Reference *reference) {
    if (reference == nullptr)
      return {};
    if (const auto *literal = std::get_if<LiteralTarget>(&reference->target))
      return std::string(literal->content.substr(0, literal->content.find('\0')));
    const auto *target = std::get_if<PieceTarget>(&reference->target);
    if (target == nullptr || target->offset < 0)
      return {};
    const auto bytes = object.piece(target->piece).bytes;
    const auto start = bytes.begin() + std::min<ptrdiff_t>(target->offset, std::ssize(bytes));
    return {start, std::find(start, bytes.end(), 0)};
  }

  void planReplacement(UnitIndex index, const Piece &record) {
    const ObjectModel &object = unit(index).patched;
    const std::string name = nameOf(object, referenceAt(record, 0));
    const Reference *code = referenceAt(record, functionField);
    const auto *target = code != nullptr ? std::get_if<PieceTarget>(&code->target) : nullptr;
    if (name.empty() || target == nullptr || target->offset != 0)
      return refuse(index, RefusalCode::ReplacementUndeclared, record.name(),
                    "SUTURE_REPLACE wants the name of a function as a string, and a function that "
                    "is defined in this file",
                    "Write SUTURE_REPLACE(\"name\", function).");
    const auto symbol = request_.image.findByLoaderName(name);
    if (!symbol)
      return refuse(index, RefusalCode::TargetFunctionMissing, name,
                    request_.image.named(name).empty()
                        ? "the target has no symbol of this name"
                        : "the target has several symbols of this name, or it is local to a file",
                    "Name a local function as file.c#name; `suture inspect` and nm show names.");
    replace(index, target->piece, name, *symbol);
  }

  void replace(UnitIndex index, PieceIndex code, const std::string &name, SymbolIndex symbolIndex) {
    const ElfSymbol &symbol = request_.image.symbol(symbolIndex);
    const Piece &piece = unit(index).patched.piece(code);
    const auto original = request_.image.bytesAt({symbol.value}, symbol.size);
    const bool hasEndbr =
        original && original->size() >= sizeof(format::endbr64) &&
        std::ranges::equal(original->first(sizeof(format::endbr64)), format::endbr64);
    const uint64_t needed = format::jumpSize + (hasEndbr ? sizeof(format::endbr64) : size_t{0});
    if (!original || symbol.size < needed)
      return refuse(index, RefusalCode::FunctionTooSmall, name,
                    "it has " + std::to_string(symbol.size) +
                        " bytes in the target, and the jump needs " + std::to_string(needed),
                    "Replace its callers.");
    if (request_.image.unpatchable().contains({symbol.value}))
      return refuse(index, RefusalCode::UnpatchableFunction, name,
                    "the livepatch path itself, or code that runs at any moment, is in it", "");
    const RegisterUse changed{static_cast<uint16_t>(changedRegisters(piece.bytes).changed &
                                                    ~writtenRegisters(*original).changed)};
    if (changed.changed != 0)
      return refuse(index, RefusalCode::ReplacementClobbersRegisters, piece.name(),
                    "it changes " + registerNames(changed) + ", which " + name +
                        " does not, and callers in that function's own file may rely on it",
                    "Put SUTURE_FUNCTION before its definition.");
    addFunction(index, code, name, symbolIndex);
  }

  void addFunction(UnitIndex index, PieceIndex code, const std::string &name,
                   SymbolIndex symbolIndex) {
    const ElfSymbol &symbol = request_.image.symbol(symbolIndex);
    PlannedFunction function;
    function.name = name;
    function.displayName = demangle(name);
    function.oldAddress = TargetAddress{symbol.value};
    function.oldSize = static_cast<uint32_t>(symbol.size);
    function.code = carrier_.carry(index, code);
    function.newSize = static_cast<uint32_t>(unit(index).patched.piece(code).size);
    // No expectation: nothing here says which bytes of it boot may rewrite, and the hypervisor's
    // build-id vouches for the rest.
    function.why = {.kind = WhyKind::ChangedItself,
                    .chain = {},
                    .location = {.file = unit(index).changes.unit.source},
                    .detail = "replacement " + demangle(unit(index).patched.piece(code).name())};
    function.unit = unit(index).changes.unit.source;
    Chunk &chunk = plan_.chunks[function.code.value];
    chunk.symbol = name;
    chunk.isExported = false;
    plan_.functions.push_back(std::move(function));
  }

  const PlanRequest &request_;
  Plan plan_;
  Carrier carrier_;
  bool hasHooks_ = false;
};

} // namespace

Plan planReplacements(const PlanRequest &request) { return ReplacementPlanner(request).run(); }

} // namespace suture::builder
