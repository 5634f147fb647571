// SPDX-License-Identifier: Apache-2.0
#pragma once
// The hash of names, build-ids and page numbers in the core's indices.

#include <cstdint>
#include <span>
#include <string_view>

namespace suture {

/// FNV-1a with a final mix (the plain form has poor low bits for short keys). Not for adversaries
/// that profit from collisions: whoever may upload a payload can do anything anyhow.
constexpr uint64_t mixHash(uint64_t hash) noexcept {
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93;
  hash ^= hash >> 32;
  return hash;
}

constexpr uint64_t hashOf(std::string_view text) noexcept {
  uint64_t hash = 0xcbf29ce484222325;
  for (char character : text)
    hash = (hash ^ static_cast<uint8_t>(character)) * 0x100000001b3;
  return mixHash(hash);
}

constexpr uint64_t hashOf(std::span<const uint8_t> bytes) noexcept {
  uint64_t hash = 0xcbf29ce484222325;
  for (uint8_t byte : bytes)
    hash = (hash ^ byte) * 0x100000001b3;
  return mixHash(hash);
}

constexpr uint64_t hashOf(uint64_t number) noexcept { return mixHash(number * 0x9e3779b97f4a7c15); }

} // namespace suture
