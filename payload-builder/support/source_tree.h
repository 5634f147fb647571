// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the diff stage hands on: a source tree that is never written to, and the texts that stand
// for its files.

#include <array>
#include <cassert>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace suture::builder {

/// The bytes of a source file; nullopt: there is no such file.
using FileText = std::optional<std::string>;

/// One file in all the states it goes through.
struct FileVersions {
  /// As on disk (the target's own), after each lower payload's diff from the bottom of the stack
  /// up, and last after the diff that is being built. At least two; as many for every file.
  std::vector<FileText> history;

  const FileText &original() const { return history.front(); }
  /// What runs in the target: the original plus the payloads under the one being built.
  const FileText &base() const {
    assert(history.size() >= 2);
    return history[history.size() - 2];
  }
  const FileText &patched() const { return history.back(); }
  bool changedByThisDiff() const { return base() != patched(); }
};

class FilesRead;

/// A source tree on disk under the diffs that apply to it.
struct SourceTree {
  /// Absolute path without symbolic links.
  std::string root;
  /// Every file that a lower payload's diff or this diff touches, by path relative to root. A
  /// rename is a removal and an addition.
  std::map<std::string, FileVersions> files;
  /// This diff as text, as `.suture.diff` records it: applies to base() with no fuzz.
  std::string diffText;
  /// What front ends have read of the disk, so that the next one need not; nullptr: each reads for
  /// itself.
  std::shared_ptr<FilesRead> filesRead = nullptr;
};

/// A file's path below the tree's root; as it is where it lies outside.
inline std::string pathInTree(const std::string &root, const std::string &file) {
  const bool isBelow =
      file.starts_with(root) && file.size() > root.size() + 1 && file[root.size()] == '/';
  return isBelow ? file.substr(root.size() + 1) : file;
}

/// Which of a file's states a unit is looked at in.
enum class TreeState { Base, Patched };
inline constexpr std::array<TreeState, 2> bothStates = {TreeState::Base, TreeState::Patched};

} // namespace suture::builder
