// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/memory/address_space.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace suture::hv {
namespace {

constexpr Mapping memoryMapping{.access = Access::ReadWrite, .largePages = LargePages::Allow};
constexpr Mapping constantMapping{.access = Access::ReadOnly, .largePages = LargePages::Allow};
constexpr Mapping deviceMapping{.access = Access::ReadWrite, .caching = Caching::Uncached};

} // namespace

uint64_t DirectMemory::load(HvPhys entry) const {
  return std::atomic_ref<uint64_t>{*layout::direct<uint64_t>(entry)}.load(
      std::memory_order_relaxed);
}

void DirectMemory::store(HvPhys entry, uint64_t value) {
  std::atomic_ref<uint64_t>{*layout::direct<uint64_t>(entry)}.store(value,
                                                                    std::memory_order_release);
}

std::optional<HvPhys> DirectMemory::allocateTable() {
  auto page = pages_.allocate(0);
  if (page)
    std::memset(layout::direct<void>(*page), 0, pageSize);
  return page;
}

/// One range of memory, cut where the image's rights change.
std::expected<void, MapError> AddressSpace::mapRam(PhysRange range, const ImageLayout &image) {
  struct Part {
    HvPhys end;
    bool writable;
  };
  const Part parts[] = {{image.begin, true},
                        {image.rodataEnd, false},
                        {image.dataEnd, true},
                        {image.end, false},
                        {range.end, true}};
  HvPhys at = range.begin;
  for (const Part &part : parts) {
    const HvPhys end = std::min(part.end, range.end);
    if (end <= at)
      continue;
    auto mapped = shared().map((layout::directMap + at.value).value, at, end - at,
                               part.writable ? memoryMapping : constantMapping);
    if (!mapped)
      return mapped;
    at = end;
  }
  return {};
}

std::expected<void, MapError> AddressSpace::build(std::span<const PhysRange> ram,
                                                  const ImageLayout &image) {
  auto root = memory_.allocateTable();
  if (!root)
    return std::unexpected{MapError::NoMemory};
  root_ = *root;
  for (HvVirt top : {HvVirt{0}, layout::directMap, layout::stacks, layout::image})
    if (auto ready = shared().prepareTopLevel(top.value); !ready)
      return ready;
  for (PhysRange range : ram)
    if (auto mapped = mapRam(range, image); !mapped)
      return mapped;
  struct Part {
    HvPhys begin, end;
    Access access;
  };
  for (const Part &part : {Part{image.begin, image.textEnd, Access::ReadExecute},
                           Part{image.textEnd, image.rodataEnd, Access::ReadOnly},
                           Part{image.rodataEnd, image.dataEnd, Access::ReadWrite},
                           Part{image.dataEnd, image.end, Access::ReadOnly}})
    if (auto mapped =
            map(layout::image + part.begin.value, part.begin, part.end - part.begin, part.access);
        !mapped)
      return mapped;
  return {};
}

std::expected<HvPhys, MapError> AddressSpace::makeCpuRoot() {
  auto root = memory_.allocateTable();
  if (!root)
    return std::unexpected{MapError::NoMemory};
  std::memcpy(layout::direct<void>(*root), layout::direct<void>(root_), pageSize);
  PageTable own{memory_, *root};
  // Maps and unmaps both alias pages once, so that the tables down to them exist for good.
  auto mapped = own.map(layout::cpuLocal.value, {0}, 2 * pageSize, {.access = Access::ReadOnly});
  if (!mapped || !(mapped = own.unmap(layout::cpuLocal.value, 2 * pageSize)))
    return std::unexpected{mapped.error()};
  return *root;
}

AliasEntries AddressSpace::aliasEntries(HvPhys root) {
  static_assert(layout::cpuLocal.isAligned(uint64_t{1} << 39), "its entries are the first ones");
  const auto below = [&](HvPhys table, uint64_t index) {
    return HvPhys{memory_.load(table + index * sizeof(uint64_t)) & page_entry::addressMask};
  };
  const HvPhys directory = below(below(root, (layout::cpuLocal.value >> 39) & 511), 0);
  return {.pages = std::span<uint64_t, 2>{layout::direct<uint64_t>(below(directory, 0)), 2},
          .largePages = std::span<uint64_t, 512>{layout::direct<uint64_t>(directory), 512}};
}

std::expected<HvVirt, MapError> AddressSpace::mapDevice(HvPhys address, uint64_t size) {
  const HvPhys begin = address.alignedDown(pageSize);
  const HvPhys end = (address + size).alignedUp(pageSize);
  for (HvPhys page = begin; page < end; page = page + pageSize) {
    const HvVirt at = layout::directMap + page.value;
    if (shared().translate(at.value))
      continue;
    if (auto mapped = shared().map(at.value, page, pageSize, deviceMapping); !mapped)
      return std::unexpected{mapped.error()};
  }
  return layout::directMap + address.value;
}

std::expected<HvVirt, MapError> AddressSpace::makeStack(PageAllocator &pages, unsigned order) {
  auto memory = pages.allocate(order);
  if (!memory)
    return std::unexpected{MapError::NoMemory};
  // The first page of each stack stays unmapped: an overflow faults.
  const HvVirt bottom = layout::stacks + (stackPagesUsed_ + 1) * pageSize;
  const uint64_t size = pageSize << order;
  if (auto mapped = map(bottom, *memory, size, Access::ReadWrite); !mapped)
    return std::unexpected{mapped.error()};
  stackPagesUsed_ += (uint64_t{1} << order) + 1;
  return bottom + size;
}

std::expected<void, MapError> AddressSpace::map(HvVirt address, HvPhys to, uint64_t size,
                                                Access access) {
  return shared().map(address.value, to, size, {.access = access});
}

std::expected<void, MapError> AddressSpace::protect(HvVirt address, uint64_t size, Access access) {
  return shared().protect(address.value, size, {.access = access});
}

std::expected<void, MapError> AddressSpace::unmap(HvVirt address, uint64_t size) {
  return shared().unmap(address.value, size);
}

std::optional<Translation> AddressSpace::translate(HvVirt address) {
  return shared().translate(address.value);
}

} // namespace suture::hv
