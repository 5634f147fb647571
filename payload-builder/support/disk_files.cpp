// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/disk_files.h"

#include "payload-builder/support/text_file.h"

#include <llvm/Support/FileSystem.h>

namespace suture::builder {

std::optional<ContentHash> DiskFiles::hash(const std::string &path) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (auto known = hashes_.find(path); known != hashes_.end())
      return known->second;
  }
  std::optional<ContentHash> hash;
  if (auto text = readFile(path))
    hash = contentHash(*text);
  else
    llvm::consumeError(text.takeError()); // Not there; that is an answer too.
  const std::lock_guard<std::mutex> lock(mutex_);
  return hashes_.try_emplace(path, hash).first->second;
}

bool DiskFiles::exists(const std::string &path) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (auto known = names_.find(path); known != names_.end())
      return known->second;
  }
  const bool found = llvm::sys::fs::exists(path);
  const std::lock_guard<std::mutex> lock(mutex_);
  return names_.try_emplace(path, found).first->second;
}

} // namespace suture::builder
