// SPDX-License-Identifier: Apache-2.0
#pragma once
// The target's own build system, run where it can do no harm.

#include "payload-builder/generated/made_chain.h"
#include "payload-builder/generated/private_copy.h"
#include "payload-builder/support/source_tree.h"

#include <llvm/Support/Error.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace suture::builder {

/// A made file, or why it cannot be made.
struct Remade {
  /// Set where it could be made.
  FileText text;
  /// What went wrong, for people.
  std::string problem;
};

/// Runs make in a private copy of a source tree.
class BuildSystem final {
public:
  /// \param tree  outlives the object. Errors: as PrivateCopy::create().
  static llvm::Expected<BuildSystem> create(const SourceTree &tree);

  /// Makes the last file of a chain from one version of the tree's files. Version 0 comes first: it
  /// decides how make is called, by what gives the file that the tree has.
  /// Errors: no space, no permission; not that make fails.
  llvm::Expected<Remade> remake(const MadeChain &chain, size_t version);

  /// Makes the configuration anew with kconfig, for one version of the tree's files, with new
  /// options at their defaults. Of version 0 the outcome has to be what the tree has.
  /// \param folder  of the configuration (`.config`), relative to the root.
  /// \param files  what kconfig writes, relative to the root; their texts, in that order.
  /// Errors: as remake().
  llvm::Expected<std::vector<Remade>>
  configure(const std::string &folder, const std::vector<std::string> &files, size_t version);

private:
  /// One way to call make.
  struct Call {
    std::vector<std::string> arguments;
    std::vector<std::string> environment;
  };

  BuildSystem(const SourceTree &tree, PrivateCopy copy) : tree_(tree), copy_(std::move(copy)) {}
  std::vector<Call> callsFor(const MadeChain &chain);
  std::vector<std::string> pathVariables(const std::string &buildFile) const;
  const std::vector<std::string> &exportedVariables(const std::string &folder);
  llvm::Expected<Remade> run(const Call &call, const MadeChain &chain) const;
  std::string pathInCopy(const std::string &file) const;

  const SourceTree &tree_;
  PrivateCopy copy_;
  /// By made file: the call that gave the tree's own.
  std::map<std::string, Call> proven_;
  /// What a makefile exports, by its folder.
  std::map<std::string, std::vector<std::string>> exported_;
};

/// A build system that is made when it is first needed.
class LazyBuildSystem final {
public:
  /// \param tree  outlives the object.
  explicit LazyBuildSystem(const SourceTree &tree) : tree_(tree) {}
  /// Errors: as BuildSystem::create().
  llvm::Expected<BuildSystem *> get();

private:
  const SourceTree &tree_;
  std::optional<BuildSystem> build_;
};

} // namespace suture::builder
