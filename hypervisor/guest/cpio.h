// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads an archive in cpio's "newc" format, in which guests arrive: a header of hexadecimal numbers
// before each file, everything padded to 4 bytes, the last entry called TRAILER!!!.
// Source: Linux Documentation/driver-api/early-userspace/buffer-format.rst.

#include "hypervisor/lib/byte_view.h"

#include <expected>
#include <string_view>

namespace suture::hv {

enum class CpioError : uint8_t {
  /// The header does not start with 070701.
  BadMagic,
  /// A digit that is not hexadecimal.
  BadNumber,
  /// A name or file reaches past the archive, or the archive ends without its trailer.
  Truncated,
};

struct CpioEntry {
  /// As in the archive, without its NUL.
  std::string_view name;
  ByteView data;
  /// File type and rights, as stat has them.
  uint32_t mode;

  [[nodiscard]] bool isRegular() const { return (mode & 0170000) == 0100000; }
};

/// Walks an archive, entry by entry.
class CpioReader final {
public:
  explicit CpioReader(ByteView archive) : archive_{archive} {}

  /// The next entry, or nothing at the trailer. An empty archive has no entries.
  std::expected<std::optional<CpioEntry>, CpioError> next();

private:
  ByteView archive_;
  size_t offset_ = 0;
};

} // namespace suture::hv
