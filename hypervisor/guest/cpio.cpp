// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/cpio.h"

namespace suture::hv {
namespace {

constexpr size_t headerSize = 110;
constexpr size_t modeField = 1;
constexpr size_t fileSizeField = 6;
constexpr size_t nameSizeField = 11;

std::string_view textOf(ByteView bytes) {
  return {reinterpret_cast<const char *>(bytes.bytes().data()), bytes.size()};
}

std::optional<uint32_t> field(std::string_view header, size_t number) {
  uint32_t value = 0;
  for (char digit : header.substr(6 + 8 * number, 8)) {
    uint32_t nibble = 0;
    if (digit >= '0' && digit <= '9')
      nibble = static_cast<uint32_t>(digit - '0');
    else if (digit >= 'a' && digit <= 'f')
      nibble = static_cast<uint32_t>(digit - 'a') + 10;
    else if (digit >= 'A' && digit <= 'F')
      nibble = static_cast<uint32_t>(digit - 'A') + 10;
    else
      return std::nullopt;
    value = value << 4 | nibble;
  }
  return value;
}

constexpr size_t padded(size_t size) { return (size + 3) & ~size_t{3}; }

} // namespace

std::expected<std::optional<CpioEntry>, CpioError> CpioReader::next() {
  if (archive_.size() == 0)
    return std::nullopt;
  const auto raw = archive_.slice(offset_, headerSize);
  if (!raw)
    return std::unexpected{CpioError::Truncated};
  const std::string_view header = textOf(*raw);
  if (!header.starts_with("070701"))
    return std::unexpected{CpioError::BadMagic};
  const auto mode = field(header, modeField);
  const auto fileSize = field(header, fileSizeField);
  const auto nameSize = field(header, nameSizeField);
  if (!mode || !fileSize || !nameSize)
    return std::unexpected{CpioError::BadNumber};
  const auto name = archive_.slice(offset_ + headerSize, *nameSize);
  const size_t dataAt = padded(offset_ + headerSize + *nameSize);
  const auto data = archive_.slice(dataAt, *fileSize);
  if (!name || *nameSize == 0 || !data)
    return std::unexpected{CpioError::Truncated};
  CpioEntry entry{textOf(*name).substr(0, *nameSize - 1), *data, *mode};
  if (entry.name == "TRAILER!!!")
    return std::nullopt;
  offset_ = padded(dataAt + *fileSize);
  return entry;
}

} // namespace suture::hv
