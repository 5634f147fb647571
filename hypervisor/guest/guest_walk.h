// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a guest's linear address to its physical one, by the guest's own page tables, as far as
// reading an instruction needs it. Source: APM vol.2, chapter 5.

#include "hypervisor/lib/address.h"
#include "hypervisor/lib/byte_view.h"

#include <optional>

namespace suture::hv {

/// The guest's paging registers.
struct PagingState {
  uint64_t cr0, cr3, cr4, efer;
};

/// \param memory  the guest's memory from guest-physical 0 on.
/// Nothing when no page is there, or a table lies outside the memory.
std::optional<GuestPhys> walkGuest(ByteView memory, const PagingState &paging, uint64_t linear);

/// Reads up to out.size() bytes at a linear address, across pages; returns how many were there.
size_t readGuest(ByteView memory, const PagingState &paging, uint64_t linear,
                 std::span<uint8_t> out);

} // namespace suture::hv
