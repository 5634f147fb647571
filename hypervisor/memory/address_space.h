// SPDX-License-Identifier: Apache-2.0
#pragma once
// The hypervisor's own address space, as memory/layout.h draws it. No page of it is ever writable
// and executable, nor has memory that is executable anywhere a second, writable mapping, except for
// the temporary alias of one CPU through which text is patched.

#include "hypervisor/memory/layout.h"
#include "hypervisor/memory/page_allocator.h"
#include "hypervisor/memory/page_table.h"
#include "hypervisor/memory/range_list.h"

#include <span>

namespace suture::hv {

/// Page tables in machine memory that the direct map reaches.
class DirectMemory final {
public:
  constexpr explicit DirectMemory(PageAllocator &pages) : pages_{pages} {}

  [[nodiscard]] uint64_t load(HvPhys entry) const;
  void store(HvPhys entry, uint64_t value);
  std::optional<HvPhys> allocateTable();

private:
  PageAllocator &pages_;
};

/// Borders of the image's parts, page-aligned machine addresses: code up to textEnd, constants up
/// to rodataEnd, data up to dataEnd, symbols up to end.
struct ImageLayout {
  HvPhys begin, textEnd, rodataEnd, dataEnd, end;
};

/// Where one CPU's temporary aliases are made, without a walk.
struct AliasEntries {
  /// Of the two pages at layout::cpuLocal.
  std::span<uint64_t, 2> pages;
  /// Of the large pages from layout::cpuLocal on; the first one holds `pages`.
  std::span<uint64_t, 512> largePages;
};

class AddressSpace final {
public:
  constexpr explicit AddressSpace(PageAllocator &pages) : memory_{pages} {}

  /// Builds the tree that all CPUs share.
  /// \param ram  what the direct map shall hold, the image included, payload memory left out.
  std::expected<void, MapError> build(std::span<const PhysRange> ram, const ImageLayout &image);

  /// Makes a CPU's own top-level table: shared entries and CPU-local aliases of its own.
  std::expected<HvPhys, MapError> makeCpuRoot();

  /// Maps device registers, uncached, in the direct map.
  std::expected<HvVirt, MapError> mapDevice(HvPhys address, uint64_t size);

  /// A stack of 2^order pages with an unmapped page below it; returns its top.
  std::expected<HvVirt, MapError> makeStack(PageAllocator &pages, unsigned order);

  std::expected<void, MapError> map(HvVirt address, HvPhys to, uint64_t size, Access access);
  /// Makes the tables for [address, address + size), so that map() there takes no memory; both are
  /// multiples of largePageSize.
  std::expected<void, MapError> prepare(HvVirt address, uint64_t size) {
    return shared().prepareTables(address.value, size);
  }
  std::expected<void, MapError> protect(HvVirt address, uint64_t size, Access access);
  std::expected<void, MapError> unmap(HvVirt address, uint64_t size);
  [[nodiscard]] std::optional<Translation> translate(HvVirt address);

  /// The calling CPU's own. \param root  the CPU's makeCpuRoot().
  AliasEntries aliasEntries(HvPhys root);

private:
  [[nodiscard]] PageTable<DirectMemory> shared() { return PageTable{memory_, root_}; }
  std::expected<void, MapError> mapRam(PhysRange range, const ImageLayout &image);

  DirectMemory memory_;
  HvPhys root_;
  uint64_t stackPagesUsed_ = 0;
};

} // namespace suture::hv
