// SPDX-License-Identifier: Apache-2.0
// Binding: what the target has stays the target's.
//
// A replaced function refers to functions and data. Whatever of it the target has keeps its
// address there, even a function that this very payload replaces: the call goes to the original
// and through its jump. Were it bound to the payload's copy, a later payload's jump over the
// original would be bypassed. Static locals and other writable data keep the storage of the running
// target for the same reason. What the target does not have comes along: new functions and data,
// strings and constants, jump tables, the cold part of a carried function; and constants whose
// value changes, for which all code that refers to them comes along.
//
// A global name is bound by name, and the loader finds it. A local one is bound by address, as an
// absolute symbol: loaders tell local names apart by the file's name only, which need not be
// unique; the build-id in `.livepatch.xen_depends` vouches for the address. What a lower payload
// brought has no address before it is loaded and is bound by name.
#include "payload-builder/plan/carrier.h"

#include "payload-builder/objects/code_references.h"
#include "payload-builder/objects/code_tables.h"
#include "payload-builder/plan/got_relaxation.h"
#include "payload-builder/support/demangle.h"

#include <algorithm>
#include <bit>
#include <elf.h>

namespace suture::builder {

namespace {

/// Hooks of any kind.
constexpr std::string_view hookSections = ".livepatch.hooks.";

constexpr std::string_view reportBug =
    "The builder cannot carry this yet; change the fix so that it does without.";

} // namespace

Carrier::Carrier(const TargetImage &image, const ObjectsResult &objects,
                 std::span<const PayloadFile> lowers, Plan &plan)
    : image_(image), objects_(objects), plan_(plan), symbols_(image, plan) {
  for (size_t i = 0; i < objects.units.size(); ++i) {
    const UnitObjects &objectsOfUnit = objects.units[i];
    targetUnits_.emplace_back(image, objectsOfUnit.base, sourcesOf(objectsOfUnit.changes.unit));
    const auto &pieces = objectsOfUnit.patched.pieces();
    for (uint32_t piece = 0; piece < pieces.size(); ++piece)
      if (!pieces[piece].isLocal())
        for (const std::string_view name : pieces[piece].names)
          globals_.try_emplace(name, Where{{i}, {piece}});
    for (const PieceIndex piece : objectsOfUnit.changedConstants)
      if (!pieces[piece.value].isLocal() && !pieces[piece.value].inGroup)
        for (const std::string_view name : pieces[piece.value].names)
          changedConstants_.try_emplace(name, Where{{i}, piece});
  }
  for (const PayloadFile &lower : lowers)
    for (std::string &name : lower.replacedConstants())
      lowerConstants_.insert(std::move(name));
  for (const PayloadFile &lower : lowers)
    for (const ElfSymbol &symbol : lower.file().symbols())
      if ((symbol.type == STT_FUNC || symbol.type == STT_OBJECT) && symbol.section != SHN_UNDEF &&
          symbol.section != SHN_ABS && symbol.binding != STB_LOCAL)
        lowerExports_.emplace(symbol.name);
}

std::string Carrier::loaderName(UnitIndex index, const Piece &piece) const {
  if (!piece.isLocal())
    return std::string(piece.name());
  std::string file = targetUnits_[index.value].fileName();
  if (file.empty())
    file = unit(index).patched.sourceName();
  return file + "#" + std::string(piece.name());
}

std::optional<std::string_view> Carrier::changedConstant(UnitIndex index,
                                                         const Reference &reference) const {
  if (const auto *external = std::get_if<ExternalTarget>(&reference.target))
    return changedConstants_.contains(external->name) ? std::optional(external->name)
                                                      : std::nullopt;
  const auto *target = std::get_if<PieceTarget>(&reference.target);
  const auto &changed = unit(index).changedConstants;
  if (target == nullptr || std::ranges::find(changed, target->piece) == changed.end())
    return std::nullopt;
  return unit(index).patched.piece(target->piece).name();
}

void Carrier::refuse(RefusalCode code, Where where, std::string_view subject, std::string reason,
                     std::string advice) {
  plan_.refusals.push_back({.stage = Stage::Plan,
                            .code = code,
                            .location = {.file = unit(where.unit).changes.unit.source},
                            .subject = demangle(subject),
                            .reason = std::move(reason),
                            .advice = std::move(advice)});
}

ChunkIndex Carrier::carry(UnitIndex unitIndex, PieceIndex patched) {
  const auto [entry, isNew] = chunkOf_.try_emplace(
      {unitIndex.value, patched.value}, ChunkIndex{static_cast<uint32_t>(plan_.chunks.size())});
  const ChunkIndex chunk = entry->second;
  if (isNew) {
    plan_.chunks.emplace_back();
    fill(chunk, {unitIndex, patched});
  }
  return chunk;
}

std::optional<ChunkIndex> Carrier::find(UnitIndex unitIndex, PieceIndex patched) const {
  const auto found = chunkOf_.find({unitIndex.value, patched.value});
  if (found == chunkOf_.end())
    return std::nullopt;
  return found->second;
}

ChunkIndex Carrier::carryConstant(std::string_view content, uint64_t alignment) {
  const auto [entry, isNew] = constants_.try_emplace(
      {std::string(content), alignment}, ChunkIndex{static_cast<uint32_t>(plan_.chunks.size())});
  if (isNew) {
    Chunk chunk;
    chunk.role = ChunkRole::Constant;
    chunk.size = content.size();
    chunk.alignment = alignment;
    chunk.bytes.assign(content.begin(), content.end());
    chunk.description = "constant";
    plan_.chunks.push_back(std::move(chunk));
  }
  return entry->second;
}

std::optional<ChunkRole> Carrier::roleFor(Where where) {
  const ObjectModel &object = unit(where.unit).patched;
  const Piece &piece = object.piece(where.piece);
  const std::string section(object.sectionName(piece));
  const std::string_view subject = piece.names.empty() ? section : piece.name();
  switch (piece.role) {
  case SectionRole::Text:
    return ChunkRole::Text;
  case SectionRole::Constant:
    return ChunkRole::Constant;
  case SectionRole::Writable:
    return ChunkRole::Data;
  case SectionRole::Zero:
    return ChunkRole::Zero;
  case SectionRole::UnpatchableText:
    refuse(RefusalCode::UnpatchableFunction, where, subject,
           "new code for section " + section + ", which the livepatch path itself runs",
           "Such code takes effect with the next boot only.");
    return std::nullopt;
  case SectionRole::InitText:
  case SectionRole::InitData:
    refuse(RefusalCode::InitFunction, where, subject,
           "code that stays refers to it, and section " + section + " is gone after boot",
           "Take the init attribute off what running code needs.");
    return std::nullopt;
  case SectionRole::PerCpu:
    refuse(RefusalCode::NewPerCpuVariable, where, subject,
           "a new per-CPU variable has no place in the running target's per-CPU areas",
           "Use an array indexed by CPU number.");
    return std::nullopt;
  case SectionRole::ThreadLocal:
    refuse(RefusalCode::ThreadLocalData, where, subject, "thread-local data cannot be carried",
           std::string(reportBug));
    return std::nullopt;
  case SectionRole::Constructor:
    refuse(RefusalCode::GlobalConstructor, where, subject,
           "section " + section + " holds constructors, which nobody would call",
           "Initialise it from a load hook.");
    return std::nullopt;
  case SectionRole::Special:
    if (isTableCode(section))
      return ChunkRole::Text;
    if (entrySizeOf(section) || section.starts_with(hookSections))
      return ChunkRole::Constant;
    [[fallthrough]];
  case SectionRole::Ignored:
  case SectionRole::Unknown:
    refuse(RefusalCode::UnknownSection, where, subject,
           "code of the payload needs what is in section " + section +
               ", which is of a kind that cannot be carried",
           std::string(reportBug));
    return std::nullopt;
  }
  return std::nullopt;
}

bool Carrier::isFreeName(const std::string &name) {
  const size_t hash = name.find('#');
  for (const SymbolIndex symbol :
       image_.named(std::string_view(name).substr(hash == std::string::npos ? 0 : hash + 1)))
    if (image_.loaderName(symbol) == name)
      return false;
  return !isExportedByLower(name) && exportedNames_.insert(name).second;
}

void Carrier::fill(ChunkIndex index, Where where) {
  const UnitObjects &objects = unit(where.unit);
  const Piece &piece = objects.patched.piece(where.piece);
  Chunk chunk;
  chunk.role = roleFor(where).value_or(ChunkRole::Constant);
  chunk.isFunction = piece.kind == PieceKind::Function;
  chunk.size = piece.size;
  chunk.alignment = piece.alignment;
  chunk.bytes.assign(piece.bytes.begin(), piece.bytes.end());
  const std::string_view section = objects.patched.sectionName(piece);
  if (piece.role == SectionRole::Special) {
    // Fixup code is code like any other; loaders know the other sections by name. Entries follow
    // one another without gaps.
    chunk.section = section == ".fixup" ? std::string_view() : section;
    if (const auto entrySize = entrySizeOf(section))
      chunk.alignment = std::min(chunk.alignment, uint64_t{1} << std::countr_zero(*entrySize));
  }
  for (const Reference &reference : piece.references)
    if (!chunk.bytes.empty())
      std::fill_n(chunk.bytes.begin() + static_cast<ptrdiff_t>(reference.offset),
                  std::min(fieldSize(reference.type), chunk.bytes.size() - reference.offset),
                  uint8_t{0});
  refuseUnknownCode(where);
  const bool isNew = !objects.comparison.baseOf[where.piece.value].has_value();
  if (isNew && !piece.names.empty() && !isColdPart(piece.name())) {
    // Loaders refuse a new symbol whose name the target, or a payload, has already.
    const std::string name = loaderName(where.unit, piece);
    if (isFreeName(name)) {
      chunk.symbol = name;
      chunk.isExported = true;
    }
  }
  chunk.description = piece.names.empty() ? std::string(section) : demangle(piece.name());
  plan_.chunks[index.value] = std::move(chunk);
  for (const Reference &reference : piece.references)
    addReference(index, where, reference);
  for (const PieceIndex entry : objects.patched.entriesOf(where.piece))
    carry(where.unit, entry);
}

void Carrier::refuseUnknownCode(Where where) {
  const ObjectModel &object = unit(where.unit).patched;
  const Piece &piece = object.piece(where.piece);
  const std::string_view section = object.sectionName(piece);
  std::vector<uint64_t> fields;
  for (const Reference &reference : piece.references)
    fields.push_back(reference.offset);
  // A jump to the very end is the compiler's for what never happens.
  const bool leadsOut =
      (object.file().section(piece.section).flags & SHF_EXECINSTR) != 0 &&
      std::ranges::any_of(outwardOperands(piece.bytes, fields), [&](const OutwardOperand &operand) {
        return operand.target != static_cast<int64_t>(piece.size);
      });
  if (object.isUndecodable(where.piece) || leadsOut)
    refuse(RefusalCode::UndecodableCode, where, piece.names.empty() ? section : piece.name(),
           "its code has bytes that are no instruction, or a jump out of it that nothing can "
           "relocate, "
           "so that what it refers to cannot be told",
           "Move hand-written assembly out of the function.");
  if (section == ".fixup" && runsPastEnd(piece.bytes))
    refuse(RefusalCode::UndecodableCode, where, section,
           "the end of the fixup code that a function of the payload needs cannot be told",
           "End the assembly's fixup code with a jump.");
}

ChunkIndex Carrier::emptyReplacement() {
  if (!emptyReplacement_) {
    emptyReplacement_ = ChunkIndex{static_cast<uint32_t>(plan_.chunks.size())};
    // Loaders want the section to be there, and entries to lead into it.
    Chunk chunk;
    chunk.section = ".altinstr_replacement";
    chunk.size = 1;
    chunk.bytes = {0xcc}; // int3
    chunk.description = "empty replacement";
    plan_.chunks.push_back(std::move(chunk));
  }
  return *emptyReplacement_;
}

void Carrier::reachFromBugFrame(Where where, PlannedReference &reference) {
  const ObjectModel &object = unit(where.unit).patched;
  const std::string_view section = object.sectionName(object.piece(where.piece));
  if (!section.starts_with(".bug_frames.") || std::holds_alternative<ChunkIndex>(reference.target))
    return;
  if (section != ".bug_frames.0" || reference.offset != secondField) {
    refuse(RefusalCode::UnsupportedRelocation, where, section,
           "an entry leads out of the payload, and has 24 bits for the distance",
           std::string(reportBug));
    return;
  }
  // The line number above the distance stays with the entry.
  const int64_t line = reference.addend & ~int64_t{0xffffff};
  const ChunkIndex jump{static_cast<uint32_t>(plan_.chunks.size())};
  Chunk chunk;
  chunk.isFunction = true;
  chunk.bytes = {
      0xf3, 0x0f, 0x1e, 0xfa,       // endbr64
      0xe9, 0x00, 0x00, 0x00, 0x00, // jmp target
  };
  chunk.size = chunk.bytes.size();
  chunk.alignment = 16;
  chunk.description = "jump for a bug frame";
  chunk.references.push_back(
      {.offset = 5,
       .type = R_X86_64_PC32,
       .addend = reference.addend - line - static_cast<int64_t>(secondField) - 4,
       .target = reference.target});
  plan_.chunks.push_back(std::move(chunk));
  reference.target = jump;
  reference.addend = line + static_cast<int64_t>(secondField);
}

void Carrier::addReference(ChunkIndex index, Where where, const Reference &reference) {
  // Binding may carry more chunks, which moves the vector: no reference to an element is kept.
  auto bound = bind(where, reference);
  if (!bound)
    return;
  bound->offset = reference.offset;
  bound->type = reference.type;
  reachFromBugFrame(where, *bound);
  Chunk &chunk = plan_.chunks[index.value];
  const bool isKnown = reference.type == R_X86_64_64 || reference.type == R_X86_64_PC32 ||
                       reference.type == R_X86_64_PLT32;
  if (!isKnown && !(isGot(reference.type) && relaxGotLoad(chunk, *bound))) {
    refuse(RefusalCode::UnsupportedRelocation, where,
           unit(where.unit).patched.piece(where.piece).name(),
           "its code has a relocation of type " + relocationName(reference.type) +
               ", and loaders accept only R_X86_64_64, R_X86_64_PC32 and R_X86_64_PLT32",
           "Build the target as position-independent code with hidden visibility.");
    return;
  }
  chunk.references.push_back(*bound);
}

std::optional<PlannedReference> Carrier::bind(Where where, const Reference &reference) {
  if (const auto *target = std::get_if<PieceTarget>(&reference.target))
    return bindPiece(where, reference, *target);
  if (const auto *target = std::get_if<ExternalTarget>(&reference.target))
    return bindExternal(where, reference, *target);
  const auto &literal = std::get<LiteralTarget>(reference.target);
  PlannedReference bound;
  if (literal.content.empty()) {
    bound.target = emptyReplacement();
    return bound;
  }
  bound.target = carryConstant(literal.content, literal.alignment);
  bound.addend = literal.offset - reference.bias;
  return bound;
}

bool Carrier::isUnpaired(Where where, const Piece &piece) const {
  return std::ranges::binary_search(unit(where.unit).comparison.unpaired, piece.name());
}

std::optional<PlannedReference> Carrier::bindPiece(Where where, const Reference &reference,
                                                   const PieceTarget &target) {
  const UnitObjects &objects = unit(where.unit);
  const Piece &piece = objects.patched.piece(target.piece);
  PlannedReference bound;
  bound.addend = target.offset - reference.bias;
  const auto partner = objects.comparison.baseOf[target.piece.value];
  if (!piece.names.empty() && isUnpaired(where, piece)) {
    refuse(RefusalCode::AmbiguousTargetSymbol, where, piece.name(),
           "the compiler numbered several objects of this name anew, and which one of the running "
           "target it is cannot be told",
           "Give the static variable a name of its own.");
    return std::nullopt;
  }
  const bool isChangedConstant =
      std::ranges::find(objects.changedConstants, target.piece) != objects.changedConstants.end();
  // Into the middle of a function lead only its own jumps, those of its cold part and fixup code,
  // and table entries that belong to it; a call of itself goes through the original like
  // everybody's.
  const Piece &from = objects.patched.piece(where.piece);
  const bool isOwner =
      reference.offset == ownerField && entrySizeOf(objects.patched.sectionName(from)).has_value();
  // The target's has the value of before the payload that changed it.
  const bool isReplaced = partner && !piece.names.empty() &&
                          isReplacedByLower(loaderName(where.unit, objects.base.piece(*partner)));
  const bool staysInside = piece.kind == PieceKind::Function && (target.offset != 0 || isOwner);
  if (!piece.names.empty() && partner && !isChangedConstant && !isReplaced && !staysInside &&
      !isColdPart(piece.name())) {
    if (const auto symbol = bindInTarget(where, piece, *partner)) {
      bound.target = *symbol;
      return bound;
    }
  }
  bound.target = carry(where.unit, target.piece);
  return bound;
}

std::optional<BoundSymbolIndex> Carrier::bindInTarget(Where where, const Piece &piece,
                                                      PieceIndex basePiece) {
  const TargetMatch match = targetUnits_[where.unit.value].find(basePiece);
  if (const auto *symbol = std::get_if<SymbolIndex>(&match))
    return symbols_.ofTarget(*symbol);
  const std::string name = loaderName(where.unit, piece);
  if (isExportedByLower(name))
    return symbols_.byName(name);
  if (const auto *ambiguous = std::get_if<Ambiguous>(&match))
    refuse(RefusalCode::AmbiguousTargetSymbol, where, piece.name(),
           "the target has " + std::to_string(ambiguous->candidates.size()) +
               " symbols of this name, and which one belongs to this unit cannot be told",
           "Build the target with unique symbol names.");
  // Not in the target: dropped as unused, or folded into its callers. Nobody there shares it.
  return std::nullopt;
}

std::optional<PlannedReference> Carrier::bindExternal(Where where, const Reference &reference,
                                                      const ExternalTarget &target) {
  PlannedReference bound;
  bound.addend = target.offset - reference.bias;
  if (const auto found = changedConstants_.find(target.name); found != changedConstants_.end()) {
    bound.target = carry(found->second.unit, found->second.piece);
    return bound;
  }
  for (const SymbolIndex symbol : image_.named(target.name)) {
    if (image_.isUnitLocal(symbol))
      continue;
    if (isReplacedByLower(image_.loaderName(symbol))) {
      refuse(RefusalCode::AmbiguousTargetSymbol, where, target.name,
             "a payload underneath has another value of this constant, and where that lies is not "
             "known before it is loaded",
             "Build one payload of both fixes, and put it in place of the other.");
      return std::nullopt;
    }
    bound.target = symbols_.ofTarget(symbol);
    return bound;
  }
  const std::string name(target.name);
  // A hand-written payload names a local symbol as the loader does.
  if (name.find('#') != std::string::npos)
    if (const auto symbol = image_.findByLoaderName(name)) {
      bound.target = symbols_.ofTarget(*symbol);
      return bound;
    }
  if (isExportedByLower(name)) {
    bound.target = symbols_.byName(name);
    return bound;
  }
  if (const auto found = globals_.find(target.name); found != globals_.end()) {
    bound.target = carry(found->second.unit, found->second.piece);
    return bound;
  }
  refuse(RefusalCode::TargetSymbolMissing, where, target.name,
         "the new code refers to it, and neither the target nor the change has it",
         "The target may have dropped it as unused: add its source to the fix.");
  return std::nullopt;
}

} // namespace suture::builder
