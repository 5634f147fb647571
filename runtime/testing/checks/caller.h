// SPDX-License-Identifier: Apache-2.0
#pragma once
// A caller of the control handler, with buffers at imaginary addresses.

#include "runtime/control/caller_memory.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <string_view>
#include <vector>

namespace suture::testing {

/// Satisfies CallerMemory. Buffers lie far apart, so that a copy past one of them hits nothing.
class Caller final {
public:
  /// A new buffer; returns its address.
  format::Handle add(std::span<const std::byte> bytes) {
    next_ += 0x1000000;
    buffers_[next_].assign(bytes.begin(), bytes.end());
    return next_;
  }
  format::Handle addZeros(size_t size) { return add(std::vector<std::byte>(size)); }
  /// A name with its NUL, and what names it in a request.
  format::NameRef name(std::string_view text) {
    std::vector<std::byte> bytes(text.size() + 1);
    std::memcpy(bytes.data(), text.data(), text.size());
    return {.name = add(bytes), .size = static_cast<uint16_t>(bytes.size()), .padding = {}};
  }
  [[nodiscard]] std::vector<std::byte> &at(format::Handle handle) { return buffers_.at(handle); }
  template <typename T> [[nodiscard]] T read(format::Handle handle, size_t index = 0) {
    T value;
    std::memcpy(&value, at(handle).data() + index * sizeof(T), sizeof(T));
    return value;
  }

  /// From now on every copy of that kind faults, although the ranges look good.
  void faultOnCopyIn() { faultIn_ = true; }
  void faultOnCopyOut() { faultOut_ = true; }

  [[nodiscard]] bool readable(format::Handle handle, uint64_t size) noexcept {
    return size == 0 || find(handle, size) != nullptr;
  }
  [[nodiscard]] bool writable(format::Handle handle, uint64_t size) noexcept {
    return readable(handle, size);
  }
  [[nodiscard]] bool copyIn(format::Handle handle, std::span<std::byte> out) noexcept {
    const std::byte *from = find(handle, out.size());
    if (faultIn_ || from == nullptr)
      return false;
    std::copy_n(from, out.size(), out.begin());
    return true;
  }
  [[nodiscard]] bool copyOut(format::Handle handle, std::span<const std::byte> in) noexcept {
    std::byte *to = find(handle, in.size());
    if (faultOut_ || to == nullptr)
      return false;
    std::ranges::copy(in, to);
    return true;
  }

private:
  std::byte *find(format::Handle handle, uint64_t size) {
    auto next = buffers_.upper_bound(handle);
    if (next == buffers_.begin())
      return nullptr;
    auto &[start, bytes] = *std::prev(next);
    const uint64_t offset = handle - start;
    return offset <= bytes.size() && size <= bytes.size() - offset ? bytes.data() + offset
                                                                   : nullptr;
  }

  std::map<format::Handle, std::vector<std::byte>> buffers_;
  format::Handle next_ = 0;
  bool faultIn_ = false, faultOut_ = false;
};
static_assert(CallerMemory<Caller>);

} // namespace suture::testing
