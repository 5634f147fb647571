// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/lib/format.h"

namespace suture::hv {
namespace {

class Writer final {
public:
  explicit Writer(std::span<char> out) : out_{out} {}

  void put(char character) {
    if (used_ < out_.size())
      out_[used_++] = character;
  }
  void put(std::string_view text) {
    for (char character : text)
      put(character);
  }
  void pad(char with, size_t have, size_t want) {
    for (; have < want; ++have)
      put(with);
  }
  [[nodiscard]] std::string_view result() const { return {out_.data(), used_}; }

private:
  std::span<char> out_;
  size_t used_ = 0;
};

struct Placeholder {
  bool hexadecimal = false;
  size_t width = 0;
};

Placeholder parse(std::string_view inside) {
  Placeholder placeholder;
  for (char character : inside)
    if (character == 'x')
      placeholder.hexadecimal = true;
    else if (character >= '0' && character <= '9')
      placeholder.width = placeholder.width * 10 + static_cast<size_t>(character - '0');
  return placeholder;
}

void putNumber(Writer &writer, const FormatArgument &argument, Placeholder how) {
  std::array<char, 20> digits{};
  size_t first = digits.size();
  uint64_t rest = argument.magnitude();
  const uint64_t base = how.hexadecimal ? 16 : 10;
  do {
    digits[--first] = "0123456789abcdef"[rest % base];
    rest /= base;
  } while (rest != 0);
  size_t length = digits.size() - first + (argument.isNegative() ? 1 : 0);
  if (!how.hexadecimal)
    writer.pad(' ', length, how.width);
  if (argument.isNegative())
    writer.put('-');
  if (how.hexadecimal)
    writer.pad('0', length, how.width);
  writer.put(std::string_view{&digits[first], digits.size() - first});
}

void putArgument(Writer &writer, const FormatArgument &argument, Placeholder how) {
  if (!argument.isText())
    return putNumber(writer, argument, how);
  writer.put(argument.text());
  writer.pad(' ', argument.text().size(), how.width);
}

} // namespace

std::string_view formatInto(std::span<char> out, std::string_view pattern,
                            std::span<const FormatArgument> arguments) {
  Writer writer{out};
  size_t next = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    size_t close = pattern[i] == '{' ? pattern.find('}', i) : std::string_view::npos;
    if (close == std::string_view::npos) {
      writer.put(pattern[i]);
      continue;
    }
    if (next < arguments.size())
      putArgument(writer, arguments[next++], parse(pattern.substr(i + 1, close - i - 1)));
    else
      writer.put("{?}");
    i = close;
  }
  if (next < arguments.size())
    writer.put("{?}");
  return writer.result();
}

} // namespace suture::hv
