// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/tree_paths.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace suture::builder {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

const std::string &TreePaths::ofFolder(llvm::StringRef folder) {
  const auto [entry, isNew] = folders_.try_emplace(folder.str());
  if (!isNew)
    return entry->second;
  llvm::SmallString<256> real;
  if (fs::real_path(folder, real)) {
    real = folder;
    path::remove_dots(real, /*remove_dot_dot=*/true);
  }
  entry->second = real.str();
  return entry->second;
}

const std::string &TreePaths::of(llvm::StringRef directory, llvm::StringRef file) {
  llvm::SmallString<256> full(file);
  if (!path::is_absolute(file)) {
    full = directory;
    path::append(full, file);
  }
  const auto [entry, isNew] = files_.try_emplace(full.str().str());
  if (!isNew)
    return entry->second;
  const std::string named = ofFolder(path::parent_path(full)) + "/" + path::filename(full).str();
  llvm::SmallString<256> real;
  const bool leadsIntoTree =
      fs::is_symlink_file(named) && !fs::real_path(named, real) && real.starts_with(root_ + "/");
  entry->second = leadsIntoTree ? real.str().str() : named;
  return entry->second;
}

} // namespace suture::builder
