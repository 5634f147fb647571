// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which files a unit may read, from its text alone.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/tree_paths.h"
#include "payload-builder/units/compile_commands.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace suture::builder {

/// Follows `#include` lines through a source tree without a preprocessor. What it finds is too much
/// rather than too little: lines under any `#if` count, and one whose name is a macro means that
/// the unit may read anything.
class IncludeScan final {
public:
  /// \param tree  must outlive the scan; both states of its changed files are followed.
  explicit IncludeScan(const SourceTree &tree) : tree_(tree), paths_(tree.root) {}

  /// Files below the tree's root that the command's unit may read: absolute, sorted. nullopt: it
  /// may be any.
  std::optional<std::vector<std::string>> inputs(const RecordedCommand &recorded);

  /// Every name under which the command's unit may open a file below the tree's root: absolute, as
  /// the compiler would put it together. Of a file that several folders on its search path
  /// have, all names. nullopt: it may be any, or there is more to a search than is known here.
  std::optional<std::vector<std::string>> names(const RecordedCommand &recorded);

private:
  struct Include {
    std::string name;
    bool quoted = false;
    /// `#include_next`, or a name that a macro makes.
    bool next = false, computed = false;
  };
  struct Found {
    /// Real paths, and the names that led to them.
    std::set<std::string> files, names;
    bool anything = false;
  };
  Found follow(const RecordedCommand &recorded);
  struct SearchPath {
    std::vector<std::string> quoted, all;
    std::vector<std::string> forced;
  };

  const std::vector<Include> &includesOf(const std::string &file);
  std::optional<std::string> resolve(const std::string &folder, const std::string &name);
  static SearchPath searchPathOf(const CompileCommand &command);

  const SourceTree &tree_;
  std::map<std::string, std::vector<Include>> includes_;
  /// Files that ask whether a name can be included.
  std::set<std::string> asking_;
  TreePaths paths_;
  std::map<std::string, bool> isThere_;
};

} // namespace suture::builder
