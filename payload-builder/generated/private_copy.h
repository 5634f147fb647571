// SPDX-License-Identifier: Apache-2.0
#pragma once
// A place where a build system may run.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/temp_dir.h"

#include <cstddef>
#include <llvm/Support/Error.h>
#include <map>
#include <string>

namespace suture::builder {

/// A copy of a source tree's files, without objects and other large products: what runs in it may
/// write where it likes and never reaches the tree. Removed when the object goes away.
class PrivateCopy final {
public:
  /// Copies the tree as it is on disk, times included. \param root  absolute, without links.
  /// Errors: the system's (no space left), with the path.
  static llvm::Expected<PrivateCopy> create(const std::string &root);

  /// Absolute path.
  const std::string &path() const { return folder_.path(); }

  /// Brings the files that diffs touch into one of their versions, newer than all others.
  llvm::Error show(const std::map<std::string, FileVersions> &files, size_t version) const;
  /// Text in which the copy's path is replaced by the tree's.
  std::string untranslate(std::string text) const;

private:
  PrivateCopy(TempDir folder, std::string root)
      : folder_(std::move(folder)), root_(std::move(root)) {}

  TempDir folder_;
  std::string root_;
};

} // namespace suture::builder
