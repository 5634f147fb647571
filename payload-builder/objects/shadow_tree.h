// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/temp_dir.h"

#include <functional>
#include <llvm/Support/Error.h>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace suture::builder {

/// A folder that shows a source tree with some files changed: real folders, symbolic links to the
/// files that did not change, the changed ones written. The tree itself is never written to.
/// Removed with all its contents when the object goes away.
class ShadowTree final {
public:
  /// \param root  absolute path of the tree, without symbolic links.
  /// \param texts  by path relative to root: what to show there; nullopt hides the file.
  /// Errors: the system's (no space left, no permission), with the path.
  static llvm::Expected<ShadowTree> create(const std::string &root,
                                           const std::map<std::string, FileText> &texts);
  /// With the changed files and those that show() adds alone. Errors: as create().
  static llvm::Expected<ShadowTree> createEmpty(const std::string &root,
                                                const std::map<std::string, FileText> &texts);
  /// Makes files of the tree appear under these names, and with them the folders on the way; a
  /// link to a folder inside the tree becomes one to that folder's shadow. \param names  absolute,
  /// as a compiler would spell them; those outside the tree are passed over. Errors: as create().
  llvm::Error show(const std::vector<std::string> &names);

  /// Absolute path of the tree that it shows.
  const std::string &root() const { return root_; }
  /// Absolute path of the shadow.
  const std::string &path() const { return folder_.path(); }
  /// A path, or an argument that holds one after `-I` and the like, with the tree's root replaced
  /// by the shadow's.
  std::string translate(const std::string &argument) const;
  /// Text in which the shadow's path is replaced by the tree's: for messages.
  std::string untranslate(std::string text) const;

private:
  ShadowTree(TempDir folder, std::string root);

  llvm::Error showFile(const std::string &name);

  TempDir folder_;
  std::string root_;
  /// Of a tree that began empty: the changed files, and the names that were shown.
  std::set<std::string> changed_, shown_;
};

/// Whether the files on disk have these very texts. (With `--git` and `--staged` the disk may have
/// the patched state.)
bool areOnDisk(const std::string &root, const std::map<std::string, FileText> &texts);

} // namespace suture::builder
