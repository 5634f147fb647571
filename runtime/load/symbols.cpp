// SPDX-License-Identifier: Apache-2.0
#include "runtime/load/symbols.h"

namespace suture {

Result<std::optional<ResolvedSymbol>> resolveOwnSymbol(const PlacedSections &sections,
                                                       uint32_t index) noexcept {
  const ElfFile &file = sections.file();
  const elf::Symbol symbol = file.symbol(index);
  auto failWith = [&](ErrorCode code, uint64_t allowed) {
    return fail({.code = code,
                 .entry = index,
                 .value = symbol.section,
                 .allowed = allowed,
                 .subject = {file.symbolName(index)}});
  };

  if (symbol.section == elf::indexUndefined)
    return std::nullopt;
  if (symbol.section == elf::indexAbsolute)
    return ResolvedSymbol{.value = symbol.value};
  if (symbol.section == elf::indexCommon)
    return failWith(ErrorCode::CommonSymbol, 0);
  if (symbol.section >= elf::indexReservedFirst)
    return failWith(ErrorCode::ReservedSectionIndex, 0);
  if (symbol.section >= file.sectionCount())
    return failWith(ErrorCode::SymbolSectionOutOfRange, file.sectionCount());
  if (!sections.isLoaded(symbol.section))
    return ResolvedSymbol{.value = symbol.value, .notLoaded = true};
  return ResolvedSymbol{.value = (sections.address(symbol.section) + symbol.value).value};
}

bool isPayloadSymbol(const PlacedSections &sections, uint32_t index) noexcept {
  const ElfFile &file = sections.file();
  const elf::Symbol symbol = file.symbol(index);
  if (symbol.section == elf::indexUndefined || symbol.section >= file.sectionCount() ||
      !sections.isLoaded(symbol.section))
    return false;
  const std::string_view name = file.symbolName(index);
  const bool mergeable = (file.section(symbol.section).flags & elf::flagMerge) != 0;
  return !name.empty() && !(mergeable && name.starts_with(".L"));
}

} // namespace suture
