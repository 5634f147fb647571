// SPDX-License-Identifier: Apache-2.0
#pragma once
// Diffs that git has rather than a file: a range of revisions, or what is staged.

#include "payload-builder/diff/read_diff.h"

#include <llvm/Support/Error.h>
#include <string>
#include <string_view>

namespace suture::builder {

/// A diff out of a repository, with the base texts of the files that it touches: what is checked
/// out may well be the patched state.
struct GitDiff {
  DiffText diff;
  /// For DiffRequest::originals.
  std::map<std::string, FileText> originals;
};

/// What changed from A to B, below the folder `root`.
/// \param root  a folder of a work tree.  \param range  `A..B`, in git's words.
/// Errors: no repository, no such revision, not a range, nothing changed.
llvm::Expected<GitDiff> readGitRange(const std::string &root, std::string_view range);

/// What is staged on top of HEAD, below the folder `root`. Errors: as readGitRange.
llvm::Expected<GitDiff> readGitStaged(const std::string &root);

} // namespace suture::builder
