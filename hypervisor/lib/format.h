// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text out of a pattern and values: `{}` is the next argument, `{x}` the same in hexadecimal,
// `{x16}` with 16 digits, `{6}` padded with blanks to a width of 6. No allocation, no locale.

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace suture::hv {

/// One value to print.
class FormatArgument final {
public:
  constexpr FormatArgument(std::string_view text) : kind_{Kind::Text}, text_{text} {}
  constexpr FormatArgument(const char *text) : kind_{Kind::Text}, text_{text} {}
  constexpr FormatArgument(bool value) : kind_{Kind::Text}, text_{value ? "yes" : "no"} {}
  template <std::unsigned_integral T>
  constexpr FormatArgument(T value) : kind_{Kind::Number}, number_{value} {}
  template <std::signed_integral T>
  constexpr FormatArgument(T value)
      : kind_{Kind::Number}, negative_{value < 0},
        number_{value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value)} {}

  [[nodiscard]] constexpr bool isText() const { return kind_ == Kind::Text; }
  [[nodiscard]] constexpr std::string_view text() const { return text_; }
  [[nodiscard]] constexpr bool isNegative() const { return negative_; }
  /// The number's absolute value.
  [[nodiscard]] constexpr uint64_t magnitude() const { return number_; }

private:
  enum class Kind : uint8_t { Text, Number };
  Kind kind_;
  bool negative_ = false;
  uint64_t number_ = 0;
  std::string_view text_;
};

/// Writes pattern with its arguments into out, cut where out ends; returns what was written.
/// A placeholder without an argument, or an argument without a placeholder, shows as `{?}`.
std::string_view formatInto(std::span<char> out, std::string_view pattern,
                            std::span<const FormatArgument> arguments);

} // namespace suture::hv
