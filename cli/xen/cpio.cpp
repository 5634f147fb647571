// SPDX-License-Identifier: Apache-2.0
// Source: Linux Documentation/driver-api/early-userspace/buffer-format.rst (newc): "070701", then
// 13 fields of 8 hexadecimal digits, the name with its NUL, padding to 4 bytes, the data, padding.

#include "cli/xen/cpio.h"

#include <fmt/format.h>

namespace suture::xen {

namespace {

void pad(std::string &bytes) { bytes.append((4 - bytes.size() % 4) % 4, '\0'); }

} // namespace

void CpioWriter::add(std::string_view path, Mode mode, std::string_view content) {
  // inode, mode, uid, gid, links, time, size, device (2), own device (2), bytes of the name, check
  bytes_ += fmt::format("070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}"
                        "{:08x}{:08x}",
                        ++inode_, static_cast<uint32_t>(mode), 0, 0, 1, 0, content.size(), 0, 0, 0,
                        0, path.size() + 1, 0);
  bytes_ += path;
  bytes_ += '\0';
  pad(bytes_);
  bytes_ += content;
  pad(bytes_);
}

void CpioWriter::addWithFolders(std::string_view path, Mode mode, std::string_view content) {
  for (size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    const std::string folder(path.substr(0, slash));
    if (folders_.insert(folder).second)
      add(folder, Mode::Folder);
  }
  add(path, mode, content);
}

std::string CpioWriter::finish() {
  add("TRAILER!!!", Mode::File);
  return std::move(bytes_);
}

} // namespace suture::xen
