// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a file to a guest that can run: memory, nested page table, PVH start state.

#include "hypervisor/core/hypervisor.h"
#include "hypervisor/guest/elf_loader.h"
#include "hypervisor/guest/vcpu.h"

#include <expected>
#include <string_view>

namespace suture::hv {

enum class VmError : uint8_t {
  NoMemory,
  /// The processor has no address space id left.
  NoAsid,
  BadElf,
};

/// Bytes of memory that a guest gets.
inline constexpr uint64_t guestMemorySize = uint64_t{16} << 20;

/// Makes a guest of one virtual CPU and puts it on the CPU's queue.
/// \param name  its first 63 bytes are kept.  \param asid  not 0, used by nobody else.
/// Context: boot, before the CPU can run it; the guest lives as long as the hypervisor. On an error
/// all of its memory is given back.
std::expected<Vm *, VmError> makeVm(Hypervisor &hypervisor, std::string_view name, ByteView elf,
                                    uint32_t asid, Cpu &cpu);

/// Makes one guest of each regular file in a cpio archive, spread over the CPUs in turn, and
/// enters them in hypervisor.guests. What cannot be made is logged and left out.
void makeGuests(Hypervisor &hypervisor, ByteView archive);

} // namespace suture::hv
