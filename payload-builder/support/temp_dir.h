// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <llvm/Support/Error.h>
#include <string>
#include <string_view>

namespace suture::builder {

/// A new, empty folder that is removed with all that is in it when the object goes away. Symbolic
/// links in it are removed, never followed.
class TempDir final {
public:
  /// Makes `$TMPDIR/suture-XXXXXX`, for this user alone. Where TMPDIR is unset, it is in /dev/shm
  /// if that is there and can be written to, else in /tmp. Errors: the system's, with the path.
  static llvm::Expected<TempDir> create();

  TempDir(TempDir &&other) noexcept;
  TempDir &operator=(TempDir &&other) noexcept;
  TempDir(const TempDir &) = delete;
  TempDir &operator=(const TempDir &) = delete;
  ~TempDir();

  /// Absolute path without symbolic links.
  const std::string &path() const { return path_; }

private:
  explicit TempDir(std::string path);

  std::string path_;
};

/// Removes the folders of all TempDirs that are alive. Async-signal-unsafe: for the end of a
/// process that was interrupted, called by whoever waits for the signal.
void removeTempDirsAtInterrupt();

} // namespace suture::builder
