// SPDX-License-Identifier: Apache-2.0
#pragma once
// Loads a guest: an ELF with a PVH entry note, as `qemu -kernel` and Xen load it. Its segments go
// to their physical addresses in the guest's memory. Sources: System V gABI, chapter 5; Xen
// docs/misc/pvh.pandoc (XEN_ELFNOTE_PHYS32_ENTRY, 18).

#include "hypervisor/lib/address.h"
#include "hypervisor/lib/byte_view.h"

#include <expected>

namespace suture::hv {

enum class GuestElfError : uint8_t {
  /// No ELF magic, or not for x86.
  NotElf,
  /// Not an executable.
  NotExecutable,
  /// A header or a segment's bytes lie outside the file.
  Truncated,
  /// A segment does not fit into the guest's memory.
  OutsideMemory,
  /// A segment's size in the file is larger than in memory.
  BadSegment,
  /// No PVH entry note.
  NoEntry,
  /// The entry lies outside the guest's memory.
  EntryOutsideMemory,
};

/// Copies the segments, and zeroes what they leave open.
/// \param memory  the guest's memory from guest-physical 0 on.
/// Returns the 32-bit entry point.
std::expected<GuestPhys, GuestElfError> loadGuestElf(ByteView file, std::span<std::byte> memory);

} // namespace suture::hv
