// SPDX-License-Identifier: Apache-2.0
#pragma once
// The machine code that a patch writes.

#include "runtime/format/payload.h"
#include "runtime/load/functions.h"

#include <cstdint>
#include <span>

namespace suture {

/// The bytes of a patch: `length` of them count.
struct PatchBytes {
  uint8_t bytes[format::opaqueSize] = {};
  uint8_t length = 0;

  [[nodiscard]] std::span<const uint8_t> view() const noexcept { return {bytes, length}; }
};

/// `E9 rel32` to function.newAddress, or NOPs for a NOP patch: function.length bytes.
/// Precondition: planSite() accepted the function.
[[nodiscard]] PatchBytes encodePatch(const PatchedFunction &function) noexcept;

} // namespace suture
