// SPDX-License-Identifier: Apache-2.0
#pragma once
// Thousands of functions to patch, all alike: 16 bytes that return 1.

#include "runtime/host/host_platform.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace suture::benchmarks {

inline constexpr uint32_t slotCount = 8192;
inline constexpr uint32_t slotSize = 16;

/// Address of slot `index` < slotCount.
[[nodiscard]] HvVirt slotAddress(uint32_t index);
/// Name of slot `index` in slotImage(): as long as C++ names of a hypervisor are.
[[nodiscard]] std::string slotName(uint32_t index);
/// This program's patchable text, with a symbol for each slot.
[[nodiscard]] host::HostImage slotImage();
/// The build-id in slotImage().
[[nodiscard]] std::vector<uint8_t> slotBuildId();
/// Calls slot `index`: 1 until it is patched.
[[nodiscard]] int callSlot(uint32_t index);

} // namespace suture::benchmarks
