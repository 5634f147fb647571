// SPDX-License-Identifier: Apache-2.0
#pragma once
// A range of this program's own text, mapped twice, so that it can be patched without ever being
// writable where it runs.

#include "runtime/address.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace suture::host {

/// Puts a function into the section that patchableSection() returns, where a program has one, with
/// a symbol and code of its own.
#define SUTURE_PATCHABLE __attribute__((section("suture_patchable"), noinline, used, aligned(16)))

class HostText final {
public:
  /// Remaps the pages that `code` touches: a copy of them in a memfd takes their place, at the same
  /// addresses and RX. Running threads see the same bytes before and after.
  explicit HostText(std::span<const std::byte> code);
  ~HostText();
  HostText(const HostText &) = delete;
  HostText &operator=(const HostText &) = delete;

  [[nodiscard]] bool isUsable() const noexcept { return alias_ != nullptr; }
  /// Whether all of [address, address + size) is in the range (not in the rest of its pages).
  [[nodiscard]] bool contains(HvVirt address, uint64_t size) const noexcept;
  /// The writable alias of an address inside.
  [[nodiscard]] std::byte *aliasOf(HvVirt address) const noexcept;
  [[nodiscard]] std::span<const std::byte> code() const noexcept { return code_; }

private:
  std::span<const std::byte> code_;
  /// First page.
  std::byte *start_ = nullptr;
  size_t size_ = 0;
  std::byte *alias_ = nullptr;
};

} // namespace suture::host
