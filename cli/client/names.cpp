// SPDX-License-Identifier: Apache-2.0
#include "cli/client/names.h"

#include "runtime/format/payload.h"

#include <cerrno>

namespace suture::client {

namespace {

/// Length in bytes of the printable character at the start of `text`; 0 if there is none.
/// Source: Unicode 15, table 3-7 (well-formed UTF-8), without U+0000..1F and U+007F..9F.
size_t printableLength(std::string_view text) {
  const auto byte = [&](size_t index) {
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0u;
  };
  const auto follows = [&](size_t index, unsigned low, unsigned high) {
    return byte(index) >= low && byte(index) <= high;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80)
    return lead >= 0x20 && lead != 0x7f ? 1 : 0;
  if (lead >= 0xc2 && lead <= 0xdf)
    return follows(1, lead == 0xc2 ? 0xa0 : 0x80, 0xbf) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const bool second = follows(1, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf);
    return second && follows(2, 0x80, 0xbf) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool second = follows(1, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf);
    return second && follows(2, 0x80, 0xbf) && follows(3, 0x80, 0xbf) ? 4 : 0;
  }
  return 0;
}

std::string escapedByte(unsigned char byte) {
  constexpr char digits[] = "0123456789abcdef";
  return {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
}

} // namespace

Expected<void> checkName(std::string_view name) {
  if (name.empty())
    return failure(ErrorKind::Usage, EINVAL, "the payload's name is empty");
  if (name.size() >= format::nameSize)
    return failure(ErrorKind::Usage, EINVAL,
                   "the payload's name has " + std::to_string(name.size()) + " bytes, at most " +
                       std::to_string(format::nameSize - 1) + " are allowed");
  for (const char character : name) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte < 0x20 || byte == 0x7f)
      return failure(ErrorKind::Usage, EINVAL,
                     "the payload's name has a control character: " + escaped(name));
  }
  return {};
}

bool isPrintable(std::string_view text) {
  while (!text.empty()) {
    const size_t length = printableLength(text);
    if (length == 0)
      return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string escaped(std::string_view text) {
  if (isPrintable(text))
    return std::string(text);
  std::string result;
  while (!text.empty()) {
    const size_t length = printableLength(text);
    if (length == 0)
      result += escapedByte(static_cast<unsigned char>(text.front()));
    else if (text.front() == '\\')
      result += "\\\\";
    else
      result += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

size_t displayWidth(std::string_view text) {
  size_t width = 0;
  for (const char character : text)
    width += (static_cast<unsigned char>(character) & 0xc0) != 0x80 ? 1 : 0;
  return width;
}

std::string nameOfFile(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/'))
    path.remove_suffix(1);
  std::string_view file = path.substr(path.rfind('/') + 1);
  const size_t dot = file.rfind('.');
  if (dot != std::string_view::npos && dot != 0)
    file = file.substr(0, dot);
  return std::string(file);
}

} // namespace suture::client
