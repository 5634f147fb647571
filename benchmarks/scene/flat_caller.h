// SPDX-License-Identifier: Apache-2.0
#pragma once
// The least that a caller's memory can be: one buffer, handles are offsets into it. What a request
// costs beyond it is the handler's own.

#include "runtime/control/caller_memory.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace suture::benchmarks {

/// Satisfies CallerMemory.
class FlatCaller final {
public:
  explicit FlatCaller(size_t size) : bytes_(size) {}

  /// The next `size` bytes as a buffer. Precondition: there are so many.
  [[nodiscard]] format::Handle take(size_t size) noexcept {
    const format::Handle start = used_;
    used_ += size;
    return start;
  }
  /// A name with its NUL.
  [[nodiscard]] format::NameRef name(std::string_view text) noexcept {
    const format::Handle start = take(text.size() + 1);
    std::ranges::copy(std::as_bytes(std::span{text}),
                      bytes_.begin() + static_cast<ptrdiff_t>(start));
    bytes_[start + text.size()] = std::byte{0};
    return {.name = start, .size = static_cast<uint16_t>(text.size() + 1), .padding = {}};
  }
  [[nodiscard]] std::span<std::byte> bytes() noexcept { return bytes_; }

  [[nodiscard]] bool readable(format::Handle handle, uint64_t size) const noexcept {
    return handle <= bytes_.size() && size <= bytes_.size() - handle;
  }
  [[nodiscard]] bool writable(format::Handle handle, uint64_t size) const noexcept {
    return readable(handle, size);
  }
  [[nodiscard]] bool copyIn(format::Handle handle, std::span<std::byte> out) const noexcept {
    if (!readable(handle, out.size()))
      return false;
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(handle), out.size(), out.begin());
    return true;
  }
  [[nodiscard]] bool copyOut(format::Handle handle, std::span<const std::byte> in) noexcept {
    if (!writable(handle, in.size()))
      return false;
    std::ranges::copy(in, bytes_.begin() + static_cast<ptrdiff_t>(handle));
    return true;
  }

private:
  std::vector<std::byte> bytes_;
  size_t used_ = 0;
};
static_assert(CallerMemory<FlatCaller>);

} // namespace suture::benchmarks
