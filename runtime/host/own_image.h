// SPDX-License-Identifier: Apache-2.0
#pragma once
// This program as a "hypervisor": its symbols, read from its own ELF file.

#include "runtime/host/host_platform.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace suture::host {

/// Reads all function and object symbols of the running program; local ones are named
/// `file.cpp#name`, as a hypervisor's are. Empty when the file cannot be read or is stripped.
[[nodiscard]] std::vector<HostSymbol> readOwnSymbols();

/// The functions marked SUTURE_PATCHABLE as text, the program's symbols, and a build-id.
/// \param text  what SUTURE_PATCHABLE_TEXT gave.
[[nodiscard]] HostImage makeOwnImage(std::span<const std::byte> text, std::vector<uint8_t> buildId);

} // namespace suture::host

// The linker defines these for a section whose name is a C identifier.
extern "C" const std::byte __start_suture_patchable[], __stop_suture_patchable[];

/// All functions of this program that are marked SUTURE_PATCHABLE (at least one must be).
#define SUTURE_PATCHABLE_TEXT                                                                      \
  (std::span<const std::byte>{__start_suture_patchable, __stop_suture_patchable})
