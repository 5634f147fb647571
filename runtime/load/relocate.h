// SPDX-License-Identifier: Apache-2.0
#pragma once
// Relocations of a payload: NONE, 64, PC32, PLT32, and nothing else.

#include "runtime/load/layout.h"

#include <cstdint>
#include <span>

namespace suture {

/// Value of a symbol in the hypervisor's address space.
struct ResolvedSymbol {
  uint64_t value = 0;
  /// The symbol is defined in a section that is not loaded, so it has no address.
  bool notLoaded = false;
};

/// Applies all relocations of loaded sections (checks 30 to 36). Sections whose target is not
/// loaded are skipped, as Xen does.
/// \param symbols  one for each symbol of the file.
[[nodiscard]] Result<> relocate(const PlacedSections &sections,
                                std::span<const ResolvedSymbol> symbols) noexcept;

/// psABI name of an x86-64 relocation type, such as "R_X86_64_GOTPCREL"; "unknown" past the table.
[[nodiscard]] std::string_view relocationName(uint32_t type) noexcept;

} // namespace suture
