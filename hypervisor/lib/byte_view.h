// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bytes that somebody else wrote: every access is checked against the end, and no pointer into them
// is ever cast.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

namespace suture::hv {

/// A bounds-checked view; the bytes belong to the caller and outlive it.
class ByteView final {
public:
  constexpr ByteView() = default;
  constexpr explicit ByteView(std::span<const std::byte> bytes) : bytes_{bytes} {}

  [[nodiscard]] constexpr size_t size() const { return bytes_.size(); }
  [[nodiscard]] constexpr std::span<const std::byte> bytes() const { return bytes_; }

  /// \param offset, length  bytes. Nothing when the range does not lie inside.
  [[nodiscard]] constexpr std::optional<ByteView> slice(size_t offset, size_t length) const {
    if (offset > bytes_.size() || length > bytes_.size() - offset)
      return std::nullopt;
    return ByteView{bytes_.subspan(offset, length)};
  }

  /// Copies a little-endian T out, aligned or not.
  template <class T>
    requires std::is_trivially_copyable_v<T>
  [[nodiscard]] std::optional<T> read(size_t offset) const {
    auto part = slice(offset, sizeof(T));
    if (!part)
      return std::nullopt;
    T value;
    std::memcpy(&value, part->bytes_.data(), sizeof(T));
    return value;
  }

private:
  std::span<const std::byte> bytes_;
};

} // namespace suture::hv
