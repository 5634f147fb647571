// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which files that units read are made by the build, and of what.

#include "payload-builder/generated/made_chain.h"
#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/tree_paths.h"
#include "payload-builder/units/compile_commands.h"
#include "payload-builder/units/find_units.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace suture::builder {

/// What a build says about the files that it makes.
class MadeFiles final {
public:
  /// Reads the build files and the dependency files of a built tree, as they are on disk.
  MadeFiles(const SourceTree &tree, const std::vector<RecordedCommand> &commands);

  /// How a file leads to files that units read: one chain for each of those.
  /// \param source  relative to the tree's root.
  std::vector<MadeChain> chainsFrom(const std::string &source) const;
  /// Files that a compiler makes on the way to what units read, with their dependencies.
  const std::vector<MadeFromHeaders> &madeFromHeaders() const { return madeFromHeaders_; }
  /// A header in the tree that a rule makes of a file, and that units do not read: what becomes of
  /// it is not known. nullopt: there is none.
  std::optional<MadeFile> deadEndOf(const std::string &source) const;
  /// The first build file that mentions a variable's name; nullopt: none does.
  std::optional<std::string> buildFileThatMentions(const std::string &name) const;

private:
  void readInputs(const std::vector<RecordedCommand> &commands);
  void readFolder(const std::string &folder);
  void follow(const std::string &file, MadeChain chain, std::vector<MadeChain> &found) const;

  const SourceTree &tree_;
  TreePaths paths_;
  /// What units read, relative to the root.
  std::set<std::string> inputs_;
  /// Those and what lies between.
  std::set<std::string> made_;
  std::vector<MadeFromHeaders> madeFromHeaders_;
  /// Build files by path, relative to the root.
  std::map<std::string, std::string> buildFiles_;
};

} // namespace suture::builder
