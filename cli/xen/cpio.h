// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/client_error.h"

#include <set>
#include <string>
#include <string_view>

namespace suture::xen {

/// Makes an archive as Linux takes it for an initial file system (cpio, newc).
class CpioWriter final {
public:
  enum class Mode : uint32_t { File = 0100644, Program = 0100755, Folder = 0040755 };

  /// \param path  without a leading '/'; folders before what is in them.
  void add(std::string_view path, Mode mode, std::string_view content = "");
  /// Adds `path` with every folder above it that was not added before.
  void addWithFolders(std::string_view path, Mode mode, std::string_view content);
  /// The whole archive. Nothing can be added after it.
  std::string finish();

private:
  std::string bytes_;
  std::set<std::string, std::less<>> folders_;
  uint32_t inode_ = 0;
};

} // namespace suture::xen
