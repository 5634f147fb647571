// SPDX-License-Identifier: Apache-2.0
#pragma once
// The symbol table inside the image, as hypervisor/symbols.py writes it from the linked ELF. All
// little-endian:
//
//   SymbolTableHeader
//   SymbolEntry[count]     sorted by (address, name)
//   uint32_t[buckets]      hash table by name: 0, or 1 + the index of an entry
//   names                  each with its NUL
//
// A name's entries begin at bucket symbolHash(name) % buckets and go on, from the end to the start,
// up to an empty bucket; entries of one name come in order of addresses. At least half of the
// buckets are empty.
//
// Global symbols have their (mangled) name; local ones are `file.cpp#name`.

#include "hypervisor/lib/byte_view.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace suture::hv {

struct SymbolTableHeader {
  /// "SUTSYMS" and a NUL.
  char magic[8];
  uint32_t count;
  uint32_t nameBytes;
  /// What SymbolEntry::offset counts from.
  uint64_t base;
  /// A power of two.
  uint32_t buckets;
  uint32_t padding;
};
static_assert(sizeof(SymbolTableHeader) == 32);

/// FNV-1a, of 32 bits.
constexpr uint32_t symbolHash(std::string_view name) {
  uint32_t hash = 0x811c9dc5;
  for (const char character : name)
    hash = (hash ^ static_cast<uint8_t>(character)) * 0x01000193;
  return hash;
}

struct SymbolEntry {
  /// Address minus base.
  uint32_t offset;
  /// Bytes; 0 where the ELF does not say.
  uint32_t size;
  /// Offset of the name in the names.
  uint32_t name;
  /// ELF symbol type: 1 object, 2 function, else something else.
  uint32_t type;
};
static_assert(sizeof(SymbolEntry) == 16);

struct Symbol {
  std::string_view name;
  uint64_t address;
  uint64_t size;
  uint32_t type;
};

/// A view of the table; lookups by name take O(1) steps, by address O(log n).
class SymbolTable final {
public:
  constexpr SymbolTable() = default;
  /// An empty table where the bytes are not one.
  explicit SymbolTable(ByteView bytes);

  [[nodiscard]] size_t size() const { return count_; }
  /// By index in order of addresses.
  [[nodiscard]] Symbol at(size_t index) const;

  /// Symbols of a name, in order of addresses.
  struct Found {
    Symbol first;
    /// Whether another one of that name has another address.
    bool ambiguous;
  };
  [[nodiscard]] std::optional<Found> find(std::string_view name) const;

  /// The function or object that address lies in, or else the nearest symbol below it.
  [[nodiscard]] std::optional<Symbol> around(uint64_t address) const;

private:
  [[nodiscard]] SymbolEntry entry(size_t index) const;
  [[nodiscard]] std::string_view nameOf(const SymbolEntry &entry) const;

  ByteView entries_;
  ByteView buckets_;
  ByteView names_;
  size_t count_ = 0;
  size_t bucketCount_ = 0;
  uint64_t base_ = 0;
};

} // namespace suture::hv
