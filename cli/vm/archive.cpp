// SPDX-License-Identifier: Apache-2.0
// Source: Linux Documentation/driver-api/early-userspace/buffer-format.rst (newc): "070701", then
// 13 fields of 8 hexadecimal digits, the name with its NUL, padding to 4 bytes, the data, padding.

#include "cli/vm/archive.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

namespace suture::vm {

using client::ErrorKind;
using client::Expected;
using client::failure;

namespace {

constexpr size_t headerSize = 6 + 13 * 8;
constexpr size_t modeField = 1;
constexpr size_t fileSizeField = 6;
constexpr size_t nameSizeField = 11;
constexpr uint32_t typeMask = 0170000;
constexpr uint32_t regularFile = 0100000;
constexpr size_t longestGuestName = 48;

size_t padded(size_t size) { return (size + 3) & ~size_t{3}; }

std::optional<uint32_t> field(std::string_view header, size_t index) {
  const std::string_view digits = header.substr(6 + index * 8, 8);
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + 8, value, 16);
  return error == std::errc{} && end == digits.data() + 8 ? std::optional(value) : std::nullopt;
}

bool isConsoleName(std::string_view name) {
  const auto allowed = [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '-' || character == '_' ||
           character == '.';
  };
  return !name.empty() && name.size() <= longestGuestName && name.front() != '.' &&
         std::ranges::all_of(name, allowed);
}

} // namespace

Expected<std::vector<std::string>> guestNames(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  if (!file)
    return std::unexpected(client::systemError("cannot read " + path, errno));
  const auto broken = [&](const std::string &what) {
    return failure(ErrorKind::Refused, EINVAL, path + ": " + what);
  };
  std::vector<std::string> names;
  std::string_view rest = content;
  while (true) {
    if (rest.size() < headerSize || (!rest.starts_with("070701") && !rest.starts_with("070702")))
      return broken("not a cpio archive (newc)");
    const auto mode = field(rest, modeField);
    const auto fileSize = field(rest, fileSizeField);
    const auto nameSize = field(rest, nameSizeField);
    if (!mode || !fileSize || !nameSize || *nameSize == 0 || headerSize + *nameSize > rest.size())
      return broken("a broken entry in the archive");
    const std::string_view name = rest.substr(headerSize, *nameSize - 1);
    if (name == "TRAILER!!!")
      return names;
    if ((*mode & typeMask) == regularFile) {
      const std::string_view base = name.substr(name.rfind('/') + 1);
      if (!isConsoleName(base) || std::ranges::find(names, base) != names.end())
        return broken("a guest's name is taken twice, or has other than letters, digits, '.-_'");
      names.emplace_back(base);
    }
    const size_t size = padded(headerSize + *nameSize) + padded(*fileSize);
    if (size > rest.size())
      return broken("the archive is cut short");
    rest.remove_prefix(size);
  }
}

} // namespace suture::vm
