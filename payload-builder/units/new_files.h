// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files that the diff adds. No list of the build has them: whether a unit reads one is asked of its
// #include lines.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/units/compile_commands.h"
#include "payload-builder/units/include_scan.h"

#include <llvm/ADT/StringRef.h>
#include <llvm/ADT/StringSet.h>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace suture::builder {

/// Not thread-safe.
class NewFiles final {
public:
  /// \param tree  outlives it.
  explicit NewFiles(const SourceTree &tree) : tree_(tree), scan_(tree) {}

  /// \param file  relative to the tree's root.
  void add(const std::string &file);
  /// Whether one has the name of a file: it may be found in its place.
  bool hasNameOf(llvm::StringRef file) const;
  /// Adds those that a unit may read.
  void addInputsOf(const RecordedCommand &recorded, std::vector<std::string> &inputs);
  /// Takes out those that one of the units, which all see some change, may read.
  void dropInputsOf(std::span<const RecordedCommand *const> units, std::set<std::string> &files);

private:
  const SourceTree &tree_;
  IncludeScan scan_;
  std::set<std::string> files_;
  llvm::StringSet<> names_;
};

} // namespace suture::builder
