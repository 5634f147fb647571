// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text of bounded length without a heap: names inside errors, and the reasons made from them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace suture {

/// Up to `Capacity` bytes of text, a value. What does not fit is cut, and the cut is marked by "~"
/// as the last byte.
template <size_t Capacity> class Text final {
public:
  constexpr Text() noexcept = default;
  constexpr Text(std::string_view text) noexcept { append(text); }

  constexpr void append(std::string_view text) noexcept {
    size_t room = Capacity - size_;
    size_t count = std::min(room, text.size());
    std::copy_n(text.data(), count, bytes_ + size_);
    size_ += count;
    if (count < text.size())
      bytes_[Capacity - 1] = '~';
  }

  constexpr void append(char character) noexcept { append(std::string_view{&character, 1}); }

  constexpr void appendDecimal(uint64_t value) noexcept {
    char digits[20] = {};
    size_t count = 0;
    do {
      digits[count++] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    while (count > 0)
      append(digits[--count]);
  }

  constexpr void appendHex(uint64_t value) noexcept {
    char digits[16] = {};
    size_t count = 0;
    do {
      digits[count++] = "0123456789abcdef"[value % 16];
      value /= 16;
    } while (value != 0);
    append("0x");
    while (count > 0)
      append(digits[--count]);
  }

  /// Two digits a byte, as build-ids are written.
  constexpr void appendBytes(std::span<const uint8_t> bytes) noexcept {
    for (uint8_t byte : bytes) {
      append("0123456789abcdef"[byte >> 4]);
      append("0123456789abcdef"[byte & 15]);
    }
  }

  constexpr void clear() noexcept { size_ = 0; }
  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] constexpr std::string_view view() const noexcept { return {bytes_, size_}; }

private:
  size_t size_ = 0;
  char bytes_[Capacity] = {};
};

/// `bytes` as hex digits.
inline Text<128> hexText(std::span<const uint8_t> bytes) noexcept {
  Text<128> text;
  text.appendBytes(bytes);
  return text;
}

} // namespace suture
