// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/core/memory_setup.h"

#include "hypervisor/core/panic.h"
#include "hypervisor/log/log.h"

#include <algorithm>
#include <cstring>

extern "C" {
// Borders that the linker script sets.
extern const std::byte imageStart[];
extern const std::byte textEnd[];
extern const std::byte rodataEnd[];
extern const std::byte dataEnd[];
extern const std::byte imageEnd[];
}

namespace suture::hv {
namespace {

constexpr HvPhys bootLimit{uint64_t{4} << 30};
constexpr HvPhys lowMemoryEnd{1 << 20};
/// Payload memory is a quarter of what there is.
constexpr uint64_t payloadShare = 4;

ImageLayout imageLayout() {
  using layout::physOfImage;
  return {physOfImage(imageStart), physOfImage(textEnd), physOfImage(rodataEnd),
          physOfImage(dataEnd), physOfImage(imageEnd)};
}

/// RAM that nobody uses.
RangeList freeRam(const BootInformation &boot) {
  RangeList ram = boot.ram;
  const ImageLayout image = imageLayout();
  ram.subtract({{0}, lowMemoryEnd});
  ram.subtract({image.begin, image.end});
  if (boot.guests.size() != 0)
    ram.subtract(boot.guests);
  return ram;
}

} // namespace

ByteView bootMemory() { return ByteView{{layout::direct<const std::byte>({0}), bootLimit.value}}; }

BootInformation readBootInformation(HvPhys startInfo) {
  const auto start = bootMemory().read<pvh::StartInfo>(startInfo.value);
  if (!start || start->magic != pvh::startInfoMagic)
    panic("not started by a PVH loader: no start info at {x}", startInfo.value);
  if (start->version < 1)
    panic("PVH start info of version {}, which has no memory map", start->version);
  BootInformation boot{*start, {}, {}};
  for (uint32_t i = 0; i < start->memoryMapEntries; ++i) {
    const auto entry =
        bootMemory().read<pvh::MemoryMapEntry>(start->memoryMap + i * sizeof(pvh::MemoryMapEntry));
    if (!entry)
      panic("the memory map lies outside of memory that boot code can read");
    if (entry->type == static_cast<uint32_t>(pvh::MemoryType::Ram))
      boot.ram.add({{entry->address}, {entry->address + entry->size}});
  }
  if (start->moduleCount > 0) {
    const auto module = bootMemory().read<pvh::Module>(start->modules);
    if (!module || !bootMemory().slice(module->address, module->size))
      panic("the module lies outside of memory that boot code can read");
    boot.guests = {{module->address}, {module->address + module->size}};
  }
  return boot;
}

void setUpMemory(Hypervisor &hypervisor, const BootInformation &boot) {
  RangeList ram = freeRam(boot);
  const uint64_t payloadSize = HvPhys{std::min(ram.size() / payloadShare, layout::payloadsMaxSize)}
                                   .alignedDown(largePageSize)
                                   .value;
  const auto payloads = ram.take(payloadSize, largePageSize, ram.end());
  const uint64_t recordCount = ram.end().value / pageSize;
  const auto records = ram.take(recordCount * sizeof(PageRecord), pageSize, bootLimit);
  if (!payloads || !records)
    panic("not enough memory: {} KiB", ram.size() / 1024);
  hypervisor.payloadMemory = *payloads;

  auto *table = layout::direct<PageRecord>(records->begin);
  std::memset(static_cast<void *>(table), 0, records->size());
  hypervisor.pages.init({table, recordCount});
  for (PhysRange range : ram.ranges())
    if (range.begin < bootLimit)
      hypervisor.pages.add({range.begin, std::min(range.end, bootLimit)});

  RangeList mapped = boot.ram;
  mapped.subtract(*payloads);
  if (auto built = hypervisor.memory.build(mapped.ranges(), imageLayout()); !built)
    panic("page tables: error {}", static_cast<unsigned>(built.error()));
  // What payloads come to need of tables is taken now: memory use is flat from here on.
  if (auto ready = hypervisor.memory.prepare(layout::payloads, payloadSize); !ready)
    panic("page tables for payloads: error {}", static_cast<unsigned>(ready.error()));
  log("memory: {} MiB free, {} MiB of it for payloads", (ram.size() + payloadSize) >> 20,
      payloadSize >> 20);
}

void addHighMemory(Hypervisor &hypervisor, const BootInformation &boot) {
  RangeList ram = freeRam(boot);
  ram.subtract({{0}, bootLimit});
  ram.subtract(hypervisor.payloadMemory);
  for (PhysRange range : ram.ranges())
    hypervisor.pages.add(range);
}

} // namespace suture::hv
