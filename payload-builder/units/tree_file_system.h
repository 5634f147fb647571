// SPDX-License-Identifier: Apache-2.0
#pragma once
// A source tree's base or patched state as a file system, over the one on disk.

#include "payload-builder/support/content_hash.h"
#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/tree_paths.h"

#include <llvm/ADT/IntrusiveRefCntPtr.h>
#include <llvm/Support/VirtualFileSystem.h>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace suture::builder {

/// What a run asked the file system for: a file with its content, or a name that is none (nullopt).
/// By absolute path.
using FileReads = std::map<std::string, std::optional<ContentHash>>;

/// Reads the files that diffs touch from memory, whatever name leads to them (symbolic links,
/// `..`), and all others from disk. One object for each thread.
class TreeFileSystem final : public llvm::vfs::ProxyFileSystem {
public:
  /// \param tree  must outlive the file system.
  /// \param directory  absolute; relative paths count from there.
  TreeFileSystem(const SourceTree &tree, TreeState state, const std::string &directory);

  /// The path below the tree's root of a file that diffs touch, as SourceTree::files has it;
  /// nullopt for every other file.
  std::optional<std::string> changedPath(llvm::StringRef path);

  llvm::ErrorOr<llvm::vfs::Status> status(const llvm::Twine &path) override;
  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine &path) override;
  bool exists(const llvm::Twine &path) override;

  /// From now on, notes what is read and what is looked for in vain.
  void recordReads() { recording_ = true; }
  const FileReads &reads() const { return reads_; }

private:
  struct Entry {
    /// nullopt: the file does not exist in this state.
    const FileText *text;
    llvm::sys::fs::UniqueID id;
  };
  Entry *find(const llvm::Twine &path);
  llvm::vfs::Status statusOf(const Entry &entry, const llvm::Twine &path) const;
  void recordMissing(const llvm::Twine &path, std::error_code error);
  /// The path's entry in reads_; nullptr: nothing is recorded.
  std::optional<ContentHash> *record(const llvm::Twine &path);

  const SourceTree &tree_;
  std::map<std::string, Entry> entries_;
  std::set<std::string, std::less<>> names_;
  TreePaths paths_;
  bool recording_ = false;
  FileReads reads_;
};

/// The file's text in a state.
inline const FileText &textIn(const FileVersions &versions, TreeState state) {
  return state == TreeState::Base ? versions.base() : versions.patched();
}

} // namespace suture::builder
