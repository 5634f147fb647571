// SPDX-License-Identifier: Apache-2.0
#pragma once
// The first stage: diffs onto a source tree, in memory.

#include "payload-builder/support/refusal.h"
#include "payload-builder/support/source_tree.h"

#include <llvm/Support/Error.h>
#include <map>
#include <string>
#include <vector>

namespace suture::builder {

/// A diff with the name that messages give it: its file, or what git was asked for.
struct DiffText {
  std::string name;
  std::string text;
};

struct DiffRequest {
  /// The source tree's folder.
  std::string root;
  /// Diffs of the payloads under the one being built, from the bottom of the stack up.
  std::vector<DiffText> lowerDiffs;
  /// The diffs that are being built, each made against the outcome of the one before it.
  std::vector<DiffText> patches;
  /// Texts that stand in for the files on disk, by path relative to root: of a revision that is not
  /// the one checked out.
  std::map<std::string, FileText> originals;
};

struct DiffResult {
  SourceTree tree;
  /// Hunks that do not apply, files of a kind that cannot be patched, paths that leave the tree.
  /// All of them; the tree is of no use unless this is empty.
  std::vector<Refusal> refusals;
};

/// Applies the request's diffs, exactly, and never writes to the tree.
/// Errors: no such folder, a diff that is none, a file that cannot be read.
llvm::Expected<DiffResult> readDiff(const DiffRequest &request);

/// One line a file: how many versions it has, what this diff does to it; its changed lines.
std::string dump(const DiffResult &result);

} // namespace suture::builder
