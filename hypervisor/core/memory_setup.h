// SPDX-License-Identifier: Apache-2.0
#pragma once
// From the loader's memory map to a page allocator and the final page tables.

#include "hypervisor/boot/start_info.h"
#include "hypervisor/core/hypervisor.h"

namespace suture::hv {

/// Machine memory as far as the boot page tables reach, from address 0 on.
ByteView bootMemory();

/// The loader's structures, all inside bootMemory().
struct BootInformation {
  pvh::StartInfo start;
  /// The module with the guests; empty when there is none.
  PhysRange guests;
  RangeList ram;
};

/// Reads and checks what the loader handed over. Panics where it is not what PVH promises.
BootInformation readBootInformation(HvPhys startInfo);

/// Fills hypervisor.pages, .memory and .payloadMemory; leaves what the guests' module takes alone.
/// Context: boot CPU, on the boot page tables; the caller switches to a root of its own afterwards.
void setUpMemory(Hypervisor &hypervisor, const BootInformation &boot);

/// Adds the memory that the boot page tables did not reach. Context: after the switch.
void addHighMemory(Hypervisor &hypervisor, const BootInformation &boot);

/// Below 1 MiB, never allocated: where other CPUs start, two pages.
inline constexpr HvPhys trampolinePage{0x8000};

} // namespace suture::hv
