// SPDX-License-Identifier: Apache-2.0
#pragma once
// Numbers that must not be mixed up are distinct types.

#include <compare>
#include <cstdint>

namespace suture::builder {

/// A virtual address in the target.
struct TargetAddress {
  uint64_t value = 0;
  auto operator<=>(const TargetAddress &) const = default;
};

/// Index of a section header in one ELF file.
struct SectionIndex {
  uint32_t value = 0;
  auto operator<=>(const SectionIndex &) const = default;
};

/// Index into the symbol table of one ELF file.
struct SymbolIndex {
  uint32_t value = 0;
  auto operator<=>(const SymbolIndex &) const = default;
};

} // namespace suture::builder
