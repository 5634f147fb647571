// SPDX-License-Identifier: Apache-2.0
#pragma once
// Payload files of the shapes that the benchmarks vary: size, functions, relocations, symbols.

#include "runtime/elf/byte_view.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace suture::benchmarks {

/// A payload patches `functions` slots, the first one being `firstSlot`; all else comes on top.
struct PayloadShape {
  uint32_t functions = 1;
  uint32_t firstSlot = 0;
  /// Functions are named, and the loader looks their addresses up; else the payload has them.
  bool byName = false;
  /// Bytes of constants without relocations.
  uint32_t plainBytes = 0;
  /// Relocations, half of them R_X86_64_64 and half R_X86_64_PC32, beside two for each function.
  uint32_t relocations = 0;
  /// Undefined symbols that the hypervisor has: slots.
  uint32_t undefinedSymbols = 0;
  /// Makes the build-id.
  uint64_t seed = 1;
  /// Build-id that it depends on; the hypervisor's when empty.
  std::vector<uint8_t> depends = {};
  /// Demands bytes at the last function's address that are not there, so that an apply is checked
  /// to the end and then refused.
  bool expectsOtherBytes = false;
};

/// The file's bytes. Two files of shapes that differ are two payloads.
[[nodiscard]] std::vector<std::byte> makePayload(const PayloadShape &shape);

/// Its build-id.
[[nodiscard]] std::vector<uint8_t> payloadBuildId(const PayloadShape &shape);

} // namespace suture::benchmarks
