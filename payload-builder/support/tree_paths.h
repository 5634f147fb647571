// SPDX-License-Identifier: Apache-2.0
#pragma once
// One name for each file of a tree, whatever links lead there.

#include <llvm/ADT/StringRef.h>
#include <map>
#include <string>

namespace suture::builder {

/// Looks up where links lead, each one once. Not thread-safe.
class TreePaths final {
public:
  /// \param root  absolute path of the tree, without symbolic links.
  explicit TreePaths(std::string root) : root_(std::move(root)) {}

  /// The file that `file` names in `directory` (absolute): absolute, with the links of its folder
  /// resolved, and its own where that leads to a place in the tree. (A tree may be made of links
  /// to files elsewhere.) A folder that is not there keeps its name.
  const std::string &of(llvm::StringRef directory, llvm::StringRef file);

  /// A folder: absolute, links resolved.
  const std::string &ofFolder(llvm::StringRef folder);

private:
  const std::string root_;
  /// By absolute name.
  std::map<std::string, std::string> folders_, files_;
};

} // namespace suture::builder
