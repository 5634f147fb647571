// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files of a source tree, by paths that came from a diff and are not to be trusted.

#include "payload-builder/support/source_tree.h"

#include <llvm/Support/Error.h>
#include <string>
#include <string_view>

namespace suture::builder {

/// Why a diff's path cannot be used.
enum class PathProblem {
  None,
  /// Absolute, `..`, or through a symbolic link that leads out of the tree.
  LeavesTree,
  /// `.git` or a name with a control character.
  Reserved,
  /// The file itself is a symbolic link.
  SymbolicLink,
  /// A folder, a device.
  NotAFile,
};

struct TreePath {
  PathProblem problem = PathProblem::None;
  /// Relative to the root, symbolic links inside the tree resolved.
  std::string path;
};

/// What a diff's path means below `root`.
/// \param root  absolute, without symbolic links.  \param path  as the diff has it.
TreePath resolveTreePath(const std::string &root, std::string_view path);

/// The file's bytes; nullopt: there is none.
/// \param path  from resolveTreePath.  Errors: the system's, with the path.
llvm::Expected<FileText> readTreeFile(const std::string &root, const std::string &path);

} // namespace suture::builder
