// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a PVH loader hands over. Source: Xen xen/include/public/arch-x86/hvm/start_info.h.

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace suture::hv::pvh {

inline constexpr uint32_t startInfoMagic = 0x336ec578;

struct StartInfo {
  uint32_t magic;
  uint32_t version;
  uint32_t flags;
  uint32_t moduleCount;
  /// Machine addresses, 0 where there is none.
  uint64_t modules;
  uint64_t commandLine;
  uint64_t rsdp;
  /// Version 1 and later.
  uint64_t memoryMap;
  uint32_t memoryMapEntries;
  uint32_t reserved;
};
static_assert(std::is_standard_layout_v<StartInfo> && sizeof(StartInfo) == 56);
static_assert(offsetof(StartInfo, rsdp) == 32 && offsetof(StartInfo, memoryMap) == 40);

struct Module {
  uint64_t address;
  uint64_t size;
  uint64_t commandLine;
  uint64_t reserved;
};
static_assert(sizeof(Module) == 32);

enum class MemoryType : uint32_t { Ram = 1, Reserved = 2, Acpi = 3, Nvs = 4, Unusable = 5 };

struct MemoryMapEntry {
  uint64_t address;
  uint64_t size;
  /// A MemoryType.
  uint32_t type;
  uint32_t reserved;
};
static_assert(sizeof(MemoryMapEntry) == 24);

} // namespace suture::hv::pvh
