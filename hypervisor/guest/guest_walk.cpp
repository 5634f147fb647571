// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/guest_walk.h"

#include "hypervisor/x86/registers.h"

namespace suture::hv {
namespace {

constexpr uint64_t present = 1;
constexpr uint64_t large = 1u << 7;
constexpr uint64_t pageSizeExtensions = 1u << 4;
constexpr uint64_t addressMask = 0x000f'ffff'ffff'f000;

/// Shape of a mode's tables.
struct Mode {
  unsigned levels;
  unsigned bitsPerLevel;
  unsigned entrySize;
};

std::optional<uint64_t> readEntry(ByteView memory, uint64_t at, unsigned size) {
  if (size == 8)
    return memory.read<uint64_t>(at);
  if (auto entry = memory.read<uint32_t>(at))
    return *entry;
  return std::nullopt;
}

Mode modeOf(const PagingState &paging) {
  if ((paging.efer & x86::efer::longModeActive) != 0)
    return {4, 9, 8};
  if ((paging.cr4 & x86::cr4::physicalAddressExtension) != 0)
    return {3, 9, 8};
  return {2, 10, 4};
}

} // namespace

std::optional<GuestPhys> walkGuest(ByteView memory, const PagingState &paging, uint64_t linear) {
  if ((paging.cr0 & x86::cr0::paging) == 0)
    return GuestPhys{linear & 0xffff'ffff};
  const Mode mode = modeOf(paging);
  uint64_t table = paging.cr3 & (mode.levels == 3 ? addressMask | 0xfe0 : addressMask);
  for (unsigned level = mode.levels; level-- > 0;) {
    const unsigned shift = 12 + mode.bitsPerLevel * level;
    const uint64_t index = (linear >> shift) & ((1u << mode.bitsPerLevel) - 1);
    const auto entry = readEntry(memory, table + index * mode.entrySize, mode.entrySize);
    if (!entry || (*entry & present) == 0)
      return std::nullopt;
    const bool mayBeLarge =
        level != 0 && (mode.entrySize == 8 ? level < 3 : (paging.cr4 & pageSizeExtensions) != 0);
    if (level == 0 || (mayBeLarge && (*entry & large) != 0)) {
      const uint64_t offsetMask = (uint64_t{1} << shift) - 1;
      return GuestPhys{(*entry & addressMask & ~offsetMask) | (linear & offsetMask)};
    }
    table = *entry & addressMask;
  }
  return std::nullopt;
}

size_t readGuest(ByteView memory, const PagingState &paging, uint64_t linear,
                 std::span<uint8_t> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const auto at = walkGuest(memory, paging, linear + i);
    const auto value = at ? memory.read<uint8_t>(at->value) : std::nullopt;
    if (!value)
      return i;
    out[i] = *value;
  }
  return out.size();
}

} // namespace suture::hv
