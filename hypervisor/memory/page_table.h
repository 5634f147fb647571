// SPDX-License-Identifier: Apache-2.0
#pragma once
// Four-level page tables: the hypervisor's own, and nested ones of guests (APM vol.2 5.3 and
// 15.25). The tables are reached only through `Memory`, so that the same code runs on fake memory
// in tests:
//
//   uint64_t load(HvPhys entry)                 one entry
//   void store(HvPhys entry, uint64_t value)    one entry, in one piece
//   std::optional<HvPhys> allocateTable()       a page of zeros
//
// A table is linked in only after it has been filled, so that at every moment a walk finds the old
// or the new mapping. Flushing TLBs is the caller's part.

#include "hypervisor/lib/address.h"

#include <cstdint>
#include <expected>
#include <optional>

namespace suture::hv {

enum class Access : uint8_t { ReadOnly, ReadWrite, ReadExecute, ReadWriteExecute };
enum class Caching : uint8_t { WriteBack, Uncached };
enum class Owner : uint8_t {
  Hypervisor,
  /// A nested table: the processor walks it with user accesses (APM vol.2 15.25.5).
  Guest,
};
enum class LargePages : uint8_t { Allow, Never };

struct Mapping {
  Access access = Access::ReadOnly;
  Caching caching = Caching::WriteBack;
  Owner owner = Owner::Hypervisor;
  LargePages largePages = LargePages::Never;
};

enum class MapError : uint8_t {
  /// Address or size is not a multiple of a page.
  Unaligned,
  /// A page in the range is mapped already.
  AlreadyMapped,
  /// A page in the range is not mapped.
  NotMapped,
  /// A large page lies across the border of the range.
  LargePageInTheWay,
  /// No memory for a table.
  NoMemory,
};

namespace page_entry {
// APM vol.2 5.4.1.
inline constexpr uint64_t present = 1u << 0;
inline constexpr uint64_t writable = 1u << 1;
inline constexpr uint64_t user = 1u << 2;
inline constexpr uint64_t writeThrough = 1u << 3;
inline constexpr uint64_t cacheDisable = 1u << 4;
inline constexpr uint64_t large = 1u << 7;
inline constexpr uint64_t noExecute = uint64_t{1} << 63;
inline constexpr uint64_t addressMask = 0x000f'ffff'ffff'f000;
} // namespace page_entry

constexpr uint64_t leafBits(Mapping mapping) {
  using namespace page_entry;
  uint64_t bits = present;
  if (mapping.access == Access::ReadWrite || mapping.access == Access::ReadWriteExecute)
    bits |= writable;
  if (mapping.access == Access::ReadOnly || mapping.access == Access::ReadWrite)
    bits |= noExecute;
  if (mapping.caching == Caching::Uncached)
    bits |= cacheDisable | writeThrough;
  if (mapping.owner == Owner::Guest)
    bits |= user;
  return bits;
}

struct Translation {
  HvPhys address;
  /// The leaf entry's own bits, without its address.
  uint64_t bits;
};

/// A view of one tree of tables; the tables belong to whoever made them.
template <class Memory> class PageTable final {
public:
  PageTable(Memory &memory, HvPhys root) : memory_{memory}, root_{root} {}

  /// Maps [address, address + size) to machine memory from `to` on. What was mapped before an error
  /// stays mapped.
  [[nodiscard]] std::expected<void, MapError> map(uint64_t address, HvPhys to, uint64_t size,
                                                  Mapping mapping) {
    if (((address | to.value | size) & (pageSize - 1)) != 0)
      return std::unexpected{MapError::Unaligned};
    while (size != 0) {
      const bool large = mapping.largePages == LargePages::Allow &&
                         ((address | to.value) & (largePageSize - 1)) == 0 && size >= largePageSize;
      auto entry = entryFor(address, large ? 1 : 0, Missing::Create);
      if (!entry)
        return std::unexpected{entry.error()};
      if ((memory_.load(*entry) & page_entry::present) != 0)
        return std::unexpected{MapError::AlreadyMapped};
      memory_.store(*entry, to.value | leafBits(mapping) | (large ? page_entry::large : 0));
      const uint64_t step = large ? largePageSize : pageSize;
      address += step;
      to = to + step;
      size -= step;
    }
    return {};
  }

  /// Gives the mapped pages of [address, address + size) other rights.
  [[nodiscard]] std::expected<void, MapError> protect(uint64_t address, uint64_t size,
                                                      Mapping mapping) {
    return forEachLeaf(address, size, [&](HvPhys entry, uint64_t old, uint64_t large) {
      memory_.store(entry, (old & page_entry::addressMask) | leafBits(mapping) | large);
    });
  }

  /// Removes the pages of [address, address + size), all of which are mapped.
  [[nodiscard]] std::expected<void, MapError> unmap(uint64_t address, uint64_t size) {
    return forEachLeaf(address, size,
                       [&](HvPhys entry, uint64_t, uint64_t) { memory_.store(entry, 0); });
  }

  [[nodiscard]] std::optional<Translation> translate(uint64_t address) const {
    HvPhys table = root_;
    for (unsigned level = 3;; --level) {
      const uint64_t value = memory_.load(entryAt(table, address, level));
      if ((value & page_entry::present) == 0)
        return std::nullopt;
      const bool leaf = level == 0 || (value & page_entry::large) != 0;
      const uint64_t offsetMask = (pageSize << (9 * level)) - 1;
      if (leaf)
        return Translation{
            {(value & page_entry::addressMask & ~offsetMask) | (address & offsetMask)},
            value & ~page_entry::addressMask};
      table = {value & page_entry::addressMask};
    }
  }

  /// Makes sure that the top-level entry of address has a table, so that trees which share it see
  /// all that is mapped there later.
  [[nodiscard]] std::expected<void, MapError> prepareTopLevel(uint64_t address) {
    auto entry = entryFor(address, 2, Missing::Create);
    if (!entry)
      return std::unexpected{entry.error()};
    return {};
  }

  /// Makes all tables for 4 KiB pages in [address, address + size), so that mapping and unmapping
  /// there takes no memory later.
  [[nodiscard]] std::expected<void, MapError> prepareTables(uint64_t address, uint64_t size) {
    if (((address | size) & (largePageSize - 1)) != 0)
      return std::unexpected{MapError::Unaligned};
    for (uint64_t at = address; at - address < size; at += largePageSize)
      if (auto entry = entryFor(at, 0, Missing::Create); !entry)
        return std::unexpected{entry.error()};
    return {};
  }

  [[nodiscard]] HvPhys root() const { return root_; }

private:
  enum class Missing : uint8_t { Create, Refuse };

  static HvPhys entryAt(HvPhys table, uint64_t address, unsigned level) {
    return table + ((address >> (12 + 9 * level)) & 511) * sizeof(uint64_t);
  }

  /// The entry of address in the table of `level` (0: 4 KiB pages).
  std::expected<HvPhys, MapError> entryFor(uint64_t address, unsigned level, Missing missing) {
    HvPhys table = root_;
    for (unsigned at = 3; at > level; --at) {
      const HvPhys entry = entryAt(table, address, at);
      uint64_t value = memory_.load(entry);
      if ((value & page_entry::present) == 0) {
        if (missing == Missing::Refuse)
          return std::unexpected{MapError::NotMapped};
        auto fresh = memory_.allocateTable();
        if (!fresh)
          return std::unexpected{MapError::NoMemory};
        // Upper levels allow everything; the leaf decides (APM vol.2 5.6).
        value = fresh->value | page_entry::present | page_entry::writable | page_entry::user;
        memory_.store(entry, value);
      } else if ((value & page_entry::large) != 0) {
        return std::unexpected{MapError::AlreadyMapped};
      }
      table = {value & page_entry::addressMask};
    }
    return entryAt(table, address, level);
  }

  template <class Change>
  std::expected<void, MapError> forEachLeaf(uint64_t address, uint64_t size, Change change) {
    if (((address | size) & (pageSize - 1)) != 0)
      return std::unexpected{MapError::Unaligned};
    while (size != 0) {
      auto directory = entryFor(address, 1, Missing::Refuse);
      if (!directory)
        return std::unexpected{MapError::NotMapped};
      const uint64_t value = memory_.load(*directory);
      const bool large = (value & page_entry::large) != 0;
      const uint64_t step = large ? largePageSize : pageSize;
      if (large && ((address & (largePageSize - 1)) != 0 || size < largePageSize))
        return std::unexpected{MapError::LargePageInTheWay};
      auto leaf = large ? directory : entryFor(address, 0, Missing::Refuse);
      if (!leaf || (memory_.load(*leaf) & page_entry::present) == 0)
        return std::unexpected{MapError::NotMapped};
      change(*leaf, memory_.load(*leaf), large ? page_entry::large : 0);
      address += step;
      size -= step;
    }
    return {};
  }

  Memory &memory_;
  HvPhys root_;
};
template <class Memory> PageTable(Memory &, HvPhys) -> PageTable<Memory>;

} // namespace suture::hv
