// SPDX-License-Identifier: Apache-2.0
#pragma once
// Memory for payloads of a host process, mapped twice: at the address where it runs (never
// writable, but for data) and as a writable alias, each page.

#include "runtime/platform.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>

namespace suture::host {

/// Address space within 1 GiB of a given address, handed out in pages of one kind.
class PayloadPool final {
public:
  enum class Kind : uint8_t { Text, Constants, Data };

  /// Reserves `size` bytes of addresses near `near`; nothing is committed yet.
  PayloadPool(Kind kind, const void *near, size_t size);
  ~PayloadPool();
  PayloadPool(const PayloadPool &) = delete;
  PayloadPool &operator=(const PayloadPool &) = delete;

  /// Whether the constructor found addresses and memory.
  [[nodiscard]] bool isUsable() const noexcept { return alias_ != nullptr; }

  /// Whole pages of zeros, writable through the region's bytes and not reachable at its address
  /// yet. Nothing when the pool is full. `size` 0 gives an empty region.
  [[nodiscard]] std::optional<PayloadRegion> allocate(uint64_t size) noexcept;
  /// Makes a region what the pool's kind says, at its address; and its bytes readable only, but for
  /// data.
  [[nodiscard]] bool protect(const PayloadRegion &region) noexcept;
  /// Takes a region back. munmap-like calls return only when no thread's TLB has the page.
  void release(const PayloadRegion &region) noexcept;

  /// Whether all of [address, address + size) was given out.
  [[nodiscard]] bool contains(HvVirt address, uint64_t size) const noexcept;
  /// The alias of an address inside: readable, and writable until protect().
  [[nodiscard]] std::byte *aliasOf(HvVirt address) const noexcept;
  /// Writes to protected pages, whose alias is writable for that long.
  void write(HvVirt address, std::span<const uint8_t> bytes) noexcept;

private:
  [[nodiscard]] int viewProtection() const noexcept;

  Kind kind_;
  size_t size_;
  std::byte *view_ = nullptr;
  std::byte *alias_ = nullptr;
  int file_ = -1;
  /// Free ranges, offset -> length.
  std::map<uint64_t, uint64_t> free_;
  /// Ranges in use, offset -> length in whole pages.
  std::map<uint64_t, uint64_t> used_;
};

} // namespace suture::host
