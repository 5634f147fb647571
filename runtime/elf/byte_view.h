// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bytes from outside, read only where they are: no cast of a raw buffer to a structure, no offset
// that wraps.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace suture {

/// A view of untrusted bytes. Copies share the bytes; whoever made it keeps them alive.
class ByteView final {
public:
  constexpr ByteView() noexcept = default;
  constexpr explicit ByteView(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] constexpr uint64_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] constexpr std::span<const std::byte> bytes() const noexcept { return bytes_; }

  /// Whether [offset, offset + length) lies inside.
  [[nodiscard]] constexpr bool contains(uint64_t offset, uint64_t length) const noexcept {
    return offset <= size() && length <= size() - offset;
  }

  /// The `length` bytes at `offset`, or nothing where they are not all there.
  [[nodiscard]] constexpr std::optional<ByteView> slice(uint64_t offset,
                                                        uint64_t length) const noexcept {
    if (!contains(offset, length))
      return std::nullopt;
    return ByteView{bytes_.subspan(offset, length)};
  }

  /// A little-endian structure of the ABI, copied out (both targets are little-endian; the bytes
  /// need not be aligned).
  template <typename T>
    requires std::is_trivially_copyable_v<T>
  [[nodiscard]] std::optional<T> read(uint64_t offset) const noexcept {
    if (!contains(offset, sizeof(T)))
      return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
  }

  /// The NUL-terminated string at `offset`, without its NUL; nothing where it does not end inside.
  [[nodiscard]] std::optional<std::string_view> string(uint64_t offset) const noexcept {
    if (offset >= size())
      return std::nullopt;
    const auto *start = reinterpret_cast<const char *>(bytes_.data()) + offset;
    const void *end = std::memchr(start, 0, size() - offset);
    if (end == nullptr)
      return std::nullopt;
    return std::string_view{start, static_cast<size_t>(static_cast<const char *>(end) - start)};
  }

private:
  std::span<const std::byte> bytes_;
};

} // namespace suture
