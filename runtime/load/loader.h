// SPDX-License-Identifier: Apache-2.0
#pragma once
// From the bytes of a payload file to a payload in memory that can be applied, or to the first
// check that it fails. The order of the checks is Xen's (docs/payload-format.md), so that the same
// file gets the same errno. On an error all memory is given back by the holders' destructors.

#include "runtime/load/instructions.h"
#include "runtime/load/loaded_payload.h"
#include "runtime/load/required.h"
#include "runtime/load/symbols.h"
#include "runtime/memory/hash.h"
#include "runtime/memory/hash_index.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

namespace suture {

/// A symbol that a loaded payload exports.
template <typename Owner> struct Export {
  HvVirt address;
  Owner *owner = nullptr;
};

/// What the loader asks about the payloads that are loaded already.
///
///   findExport(name)    A *new* symbol of a loaded payload, applied or not.
///   findBuildId(id)     The payload of that build-id, or null.
///   findText(address)   The payload whose text holds the address, or null.
///   nameOf(owner)       A payload's name, for messages.
template <typename R>
concept PayloadRegistry =
    requires(const R &registry, std::string_view name, std::span<const uint8_t> id, HvVirt address,
             const typename R::Owner &owner) {
      {
        registry.findExport(name)
      } noexcept -> std::same_as<std::optional<Export<typename R::Owner>>>;
      { registry.findBuildId(id) } noexcept -> std::same_as<typename R::Owner *>;
      { registry.findText(address) } noexcept -> std::same_as<typename R::Owner *>;
      { registry.nameOf(owner) } noexcept -> std::same_as<std::string_view>;
    };

/// Loads one payload. Make one for each load.
template <LoadPlatform P, PayloadRegistry R> class Loader final {
public:
  using Owner = typename R::Owner;
  using Loaded = LoadedPayload<P, Owner>;

  Loader(P &platform, const R &registry) noexcept
      : platform_(platform), registry_(registry), places_(platform), symbols_(platform),
        linked_(platform), loaded_(platform) {}

  /// \param bytes  the whole payload file, not trusted; not needed after this returns.
  /// Context: control.
  [[nodiscard]] Result<Loaded> load(ByteView bytes) noexcept {
    SUTURE_TRY_ASSIGN(file, ElfFile::open(bytes)); // checks 7 to 21
    SUTURE_TRY(checkHypervisor(file));             // 22, 23
    SUTURE_TRY(allocate(file));                    // 13, 24, 25
    const PlacedSections sections{file, places_.items(), loaded_.memory.get()};
    sections.copyIn();
    SUTURE_TRY(resolveSymbols(sections));                // 26 to 29
    SUTURE_TRY(relocate(sections, symbols_.items()));    // 30 to 36
    SUTURE_TRY(checkRequiredSections(file));             // 37, 38
    SUTURE_TRY(loadFunctions(sections));                 // 39 to 45
    SUTURE_TRY(loadHooks(sections));                     // 46
    SUTURE_TRY(readIdentity(file));                      // 47 to 49
    SUTURE_TRY(attachSpecialSections(sections));         // 50 to 54
    SUTURE_TRY(checkMetadata(sections));                 // 55
    SUTURE_TRY(buildSymbolTable(sections));              // 57
    if (!platform_.protectPayload(loaded_.memory.get())) // 58
      return fail({.code = ErrorCode::ProtectFailed});
    return std::move(loaded_);
  }

private:
  [[nodiscard]] Result<> checkHypervisor(const ElfFile &file) const noexcept {
    constexpr std::string_view name = format::section::xenDepends;
    const uint32_t section = file.findSection(name);
    if (section == 0)
      return fail({.code = ErrorCode::XenDependsMissing, .subject = {name}});
    auto wanted = parseBuildIdNote({file.sectionData(section), section, name});
    if (!wanted)
      return fail({.code = ErrorCode::XenDependsMalformed,
                   .section = section,
                   .subject = {name},
                   .other = {errorName(wanted.error().code)}});
    const std::span<const uint8_t> running = platform_.buildId();
    if (running.empty())
      return fail({.code = ErrorCode::HypervisorHasNoBuildId});
    if (!wanted->is(running))
      return fail({.code = ErrorCode::HypervisorMismatch,
                   .subject = {hexText(wanted->view()).view()},
                   .other = hexText(running)});
    return {};
  }

  [[nodiscard]] Result<> allocate(const ElfFile &file) noexcept {
    if (!places_.make(file.sectionCount()))
      return fail({.code = ErrorCode::NoMemoryForSections, .value = file.sectionCount()});
    SUTURE_TRY_ASSIGN(layout, planLayout(file, places_.items()));
    loaded_.hasWritableData = layout.hasWritableData;
    const uint64_t total = layout.sizes.text + layout.sizes.constants + layout.sizes.data;
    auto memory = platform_.allocatePayload(layout.sizes);
    if (!memory)
      return fail({.code = memory.error() == MemoryError::NoMemory ? ErrorCode::NoMemoryForLayout
                                                                   : ErrorCode::NoAddressSpace,
                   .value = total});
    loaded_.memory.hold(*memory);
    return {};
  }

  [[nodiscard]] Result<> resolveSymbols(const PlacedSections &sections) noexcept {
    const ElfFile &file = sections.file();
    if (!symbols_.make(file.symbolCount()))
      return fail({.code = ErrorCode::NoMemoryForSymbols, .value = file.symbolCount()});
    for (uint32_t index = 1; index < file.symbolCount(); ++index) {
      SUTURE_TRY_ASSIGN(own, resolveOwnSymbol(sections, index));
      if (own) {
        symbols_[index] = *own;
        continue;
      }
      SUTURE_TRY_ASSIGN(address, lookUp(file.symbolName(index), index, symbolCodes));
      symbols_[index] = {.value = address.value};
    }
    return {};
  }

  struct LookupCodes {
    ErrorCode unknown, ambiguous;
  };
  static constexpr LookupCodes symbolCodes{ErrorCode::UndefinedSymbol, ErrorCode::AmbiguousSymbol};
  static constexpr LookupCodes functionCodes{ErrorCode::OldFunctionUnknown,
                                             ErrorCode::OldFunctionAmbiguous};

  /// The hypervisor's symbol of that name, else one that a loaded payload exports (and then this
  /// payload is linked to that one).
  [[nodiscard]] Result<HvVirt> lookUp(std::string_view name, uint32_t entry,
                                      const LookupCodes &codes) noexcept {
    if (auto symbol = platform_.findSymbol(name)) {
      if (symbol->ambiguous)
        return fail({.code = codes.ambiguous, .entry = entry, .subject = {name}});
      return symbol->address;
    }
    if (auto found = registry_.findExport(name)) {
      SUTURE_TRY(linkTo(found->owner));
      return found->address;
    }
    return fail({.code = codes.unknown, .entry = entry, .subject = {name}});
  }

  [[nodiscard]] Result<> linkTo(Owner *owner) noexcept {
    const uint64_t hash = hashOf(reinterpret_cast<uint64_t>(owner));
    if (linked_.find(hash, [owner](const Owner *other) { return other == owner; }) != nullptr)
      return {};
    if (!linked_.reserve(1) || !loaded_.links.append({.provider = owner}))
      return fail({.code = ErrorCode::NoMemoryForSymbols, .value = loaded_.links.size() + 1});
    linked_.insert(hash, owner);
    return {};
  }

  [[nodiscard]] Result<> loadFunctions(const PlacedSections &sections) noexcept {
    SUTURE_TRY_ASSIGN(table, findFunctionTable(sections));
    OwnedArray<uint32_t, P> order{platform_};
    if (!loaded_.functions.make(table.count) || !order.make(table.count))
      return fail({.code = ErrorCode::NoMemoryForFunctions, .value = table.count});
    for (uint32_t index = 0; index < table.count; ++index) {
      SUTURE_TRY_ASSIGN(function, readFunction(sections, table, index));
      SUTURE_TRY(findOldFunction(function, index));
      SUTURE_TRY(checkSite(sections, function, index));
      loaded_.functions[index] = function;
    }
    return checkOverlap(loaded_.functions.items(), order.items());
  }

  [[nodiscard]] Result<> findOldFunction(PatchedFunction &function, uint32_t index) noexcept {
    if (function.oldAddress.value != 0)
      return {};
    auto address = lookUp(function.name, index, functionCodes);
    if (!address && address.error().code == ErrorCode::OldFunctionUnknown)
      if (auto parts = splitOffset(function.name)) {
        address = lookUp(parts->name, index, functionCodes);
        if (address)
          *address = *address + parts->offset;
      }
    if (!address)
      return std::unexpected(address.error());
    function.oldAddress = *address;
    return {};
  }

  [[nodiscard]] Result<> checkSite(const PlacedSections &sections, PatchedFunction &function,
                                   uint32_t index) noexcept {
    Error error{.entry = index, .value = function.oldAddress.value, .subject = {function.name}};
    FunctionHead head;
    head.size = static_cast<uint8_t>(std::min<uint32_t>(sizeof(head.bytes), function.oldSize));
    error.code = ErrorCode::OldAddressNotText;
    if (!platform_.readText(function.oldAddress, std::span{head.bytes}.first(head.size)))
      return fail(error);
    SUTURE_TRY(planSite(function, head, index));
    uint8_t written[format::opaqueSize];
    if (!platform_.readText(function.site(), std::span{written}.first(function.length)))
      return fail(error);
    encodePatch(function);

    uint8_t first[1];
    if (!function.isNop() && !sections.isText(function.newAddress, 1) &&
        !platform_.readText(function.newAddress, first)) {
      error.code = ErrorCode::NewAddressNotText;
      error.value = function.newAddress.value;
      return fail(error);
    }
    if (auto range = platform_.findUnpatchable(function.oldAddress, function.oldSize)) {
      error.code = ErrorCode::FunctionUnpatchable;
      error.other = {range->name};
      return fail(error);
    }
    if (Owner *owner = registry_.findText(function.oldAddress))
      return linkTo(owner);
    return {};
  }

  [[nodiscard]] Result<> loadHooks(const PlacedSections &sections) noexcept {
    SUTURE_TRY_ASSIGN(onLoad, findHookList(sections, format::section::hooksLoad));
    SUTURE_TRY_ASSIGN(onUnload, findHookList(sections, format::section::hooksUnload));
    const uint32_t count = onLoad.count + onUnload.count;
    if (!loaded_.hookList.make(count))
      return fail({.code = ErrorCode::NoMemoryForHooks, .value = count});
    const std::span<HvVirt> list = loaded_.hookList.items();
    SUTURE_TRY(readHooks(sections, onLoad, list.first(onLoad.count)));
    SUTURE_TRY(readHooks(sections, onUnload, list.subspan(onLoad.count)));
    loaded_.hooks.load = list.first(onLoad.count);
    loaded_.hooks.unload = list.subspan(onLoad.count);

    for (uint8_t kind = 0; kind < singleHookCount; ++kind) {
      SUTURE_TRY_ASSIGN(section, findSingleHook(sections, SingleHook{kind}));
      HvVirt &slot = loaded_.hooks.single[kind];
      if (section.section == 0)
        continue;
      slot = hookAt(sections, section, 0);
      // A null pointer says that there is no such hook after all.
      if (slot.value != 0)
        SUTURE_TRY(readHooks(sections, section, {&slot, 1}));
    }
    return {};
  }

  [[nodiscard]] Result<> readHooks(const PlacedSections &sections, const HookSection &section,
                                   std::span<HvVirt> out) const noexcept {
    for (uint32_t index = 0; index < out.size(); ++index) {
      out[index] = hookAt(sections, section, index);
      uint8_t first[1];
      if (!sections.isText(out[index], 1) && !platform_.readText(out[index], first))
        return fail({.code = ErrorCode::HookNotText,
                     .section = section.section,
                     .entry = index,
                     .value = out[index].value,
                     .subject = {section.name}});
    }
    return {};
  }

  [[nodiscard]] Result<> readIdentity(const ElfFile &file) noexcept {
    auto read = [&](std::string_view name) {
      const uint32_t section = file.findSection(name);
      return parseBuildIdNote({file.sectionData(section), section, name});
    };
    SUTURE_TRY_ASSIGN(id, read(format::section::buildId));
    if (const Owner *other = registry_.findBuildId(id.view()))
      return fail({.code = ErrorCode::BuildIdInUse,
                   .subject = {hexText(id.view()).view()},
                   .other = {registry_.nameOf(*other)}});
    SUTURE_TRY_ASSIGN(depends, read(format::section::depends));
    loaded_.id = id;
    loaded_.depends = depends;
    return {};
  }

  [[nodiscard]] Result<> attachSpecialSections(const PlacedSections &sections) noexcept {
    for (const SpecialKindRow &row : specialKinds) {
      SUTURE_TRY_ASSIGN(special, findSpecial(sections, row));
      if (special)
        SUTURE_TRY(attach(*special, row.name));
    }
    return {};
  }

  [[nodiscard]] Result<> attach(const FoundSpecial &special, std::string_view name) noexcept {
    if constexpr (SpecialSectionPlatform<P>) {
      if (platform_.supports(special.handOver.kind)) {
        if (auto done = platform_.attachSection(loaded_.memory.get(), special.handOver); !done)
          return fail(specialError(done.error(), special.section, name));
        return {};
      }
    }
    return fail(
        {.code = ErrorCode::SpecialNotSupported, .section = special.section, .subject = {name}});
  }

  [[nodiscard]] Result<> checkMetadata(const PlacedSections &sections) noexcept {
    constexpr std::string_view name = format::section::modinfo;
    const uint32_t section = sections.file().findSection(name);
    if (section == 0)
      return {};
    metadata_ = sections.contents(section);
    if (metadata_.size() == 0)
      return fail({.code = ErrorCode::ModinfoEmpty, .section = section, .subject = {name}});
    if (uint8_t last = metadata_.template read<uint8_t>(metadata_.size() - 1).value_or(1))
      return fail({.code = ErrorCode::ModinfoNotTerminated,
                   .section = section,
                   .value = last,
                   .subject = {name}});
    return {};
  }

  /// Copies the symbols that later messages, links and the uniqueness check need, and the metadata.
  [[nodiscard]] Result<> buildSymbolTable(const PlacedSections &sections) noexcept {
    const ElfFile &file = sections.file();
    uint32_t count = 0;
    size_t bytes = metadata_.size();
    for (uint32_t index = 1; index < file.symbolCount(); ++index)
      if (isPayloadSymbol(sections, index)) {
        ++count;
        bytes += file.symbolName(index).size();
      }
    if (!loaded_.symbols.make(count) || !loaded_.strings.make(bytes))
      return fail({.code = ErrorCode::NoMemoryForSymbolTable, .value = count});

    std::span<char> room = loaded_.strings.items();
    auto keep = [&room](const char *text, size_t size) {
      std::string_view kept{room.data(), size};
      std::copy_n(text, size, room.data());
      room = room.subspan(size);
      return kept;
    };
    uint32_t next = 0;
    for (uint32_t index = 1; index < file.symbolCount(); ++index)
      if (isPayloadSymbol(sections, index)) {
        const std::string_view name = file.symbolName(index);
        loaded_.symbols[next++] = {.name = keep(name.data(), name.size()),
                                   .address = HvVirt{symbols_[index].value},
                                   .size = file.symbol(index).size,
                                   .index = index};
      }
    loaded_.metadata =
        keep(reinterpret_cast<const char *>(metadata_.bytes().data()), metadata_.size());
    return checkUnique();
  }

  /// A symbol that replaces no function is new, and must not exist anywhere else (check 57).
  [[nodiscard]] Result<> checkUnique() noexcept {
    OwnedArray<HvVirt, P> replacements{platform_};
    if (!replacements.make(loaded_.functions.size()))
      return fail({.code = ErrorCode::NoMemoryForSymbolTable, .value = loaded_.functions.size()});
    std::ranges::transform(loaded_.functions.items(), replacements.items().begin(),
                           &PatchedFunction::newAddress);
    std::ranges::sort(replacements.items());

    for (PayloadSymbol &symbol : loaded_.symbols.items()) {
      if (std::ranges::binary_search(replacements.items(), symbol.address))
        continue;
      Error error{
          .code = ErrorCode::DuplicateNewSymbol, .entry = symbol.index, .subject = {symbol.name}};
      if (platform_.findSymbol(symbol.name)) {
        error.other = {"the hypervisor"};
        return fail(error);
      }
      if (auto other = registry_.findExport(symbol.name)) {
        error.other = {registry_.nameOf(*other->owner)};
        return fail(error);
      }
      symbol.isNew = true;
    }
    return {};
  }

  P &platform_;
  const R &registry_;
  OwnedArray<SectionPlace, P> places_;
  OwnedArray<ResolvedSymbol, P> symbols_;
  ByteView metadata_;
  /// The providers in loaded_.links: a payload may be linked to thousands of others.
  HashIndex<Owner *, P> linked_;
  Loaded loaded_;
};

} // namespace suture
