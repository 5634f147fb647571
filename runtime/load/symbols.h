// SPDX-License-Identifier: Apache-2.0
#pragma once
// What kind of symbol each entry of a payload's symbol table is.

#include "runtime/load/relocate.h"

#include <cstdint>
#include <optional>

namespace suture {

/// Resolves a symbol that the payload defines itself; nothing for an undefined one, which has to be
/// looked up elsewhere.
/// Errors: CommonSymbol, ReservedSectionIndex, SymbolSectionOutOfRange (checks 26, 28, 29).
[[nodiscard]] Result<std::optional<ResolvedSymbol>> resolveOwnSymbol(const PlacedSections &sections,
                                                                     uint32_t index) noexcept;

/// Whether a symbol belongs in the payload's own symbol table: defined in a loaded section, named,
/// and not a compiler's `.L` label in a mergeable section.
[[nodiscard]] bool isPayloadSymbol(const PlacedSections &sections, uint32_t index) noexcept;

} // namespace suture
