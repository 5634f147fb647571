// SPDX-License-Identifier: Apache-2.0
#pragma once
// Lengths of the few instructions that exit and are emulated, for processors that do not save the
// next RIP: prefixes, then an opcode that must be the expected one. Source: APM vol.3, 1.2.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace suture::hv {

/// An opcode of up to three bytes.
struct Opcode {
  std::array<uint8_t, 3> bytes;
  size_t size;
};

namespace opcode {
inline constexpr Opcode cpuid{{0x0f, 0xa2, 0}, 2};
inline constexpr Opcode hlt{{0xf4, 0, 0}, 1};
inline constexpr Opcode rdmsr{{0x0f, 0x32, 0}, 2};
inline constexpr Opcode wrmsr{{0x0f, 0x30, 0}, 2};
inline constexpr Opcode vmmcall{{0x0f, 0x01, 0xd9}, 3};
inline constexpr Opcode wbinvd{{0x0f, 0x09, 0}, 2};
inline constexpr Opcode invd{{0x0f, 0x08, 0}, 2};
} // namespace opcode

inline constexpr size_t maxInstructionSize = 15;

/// Bytes of the instruction that starts `code`, or nothing when it is not `expected`.
/// \param longMode  whether 40 to 4f are prefixes.
constexpr std::optional<size_t> instructionLength(std::span<const uint8_t> code, Opcode expected,
                                                  bool longMode) {
  auto isPrefix = [&](uint8_t byte) {
    switch (byte) {
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65: // segment
    case 0x66:
    case 0x67: // sizes
    case 0xf0:
    case 0xf2:
    case 0xf3: // LOCK, REP
      return true;
    default:
      return longMode && (byte & 0xf0) == 0x40; // REX
    }
  };
  size_t at = 0;
  while (at < code.size() && isPrefix(code[at]))
    ++at;
  if (expected.size > code.size() - at)
    return std::nullopt;
  for (size_t i = 0; i < expected.size; ++i)
    if (code[at + i] != expected.bytes[i])
      return std::nullopt;
  return at + expected.size;
}

} // namespace suture::hv
