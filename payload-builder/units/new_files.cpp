// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/new_files.h"

#include <algorithm>
#include <llvm/Support/Path.h>

namespace suture::builder {

namespace path = llvm::sys::path;

void NewFiles::add(const std::string &file) {
  files_.insert(file);
  names_.insert(path::filename(file));
}

bool NewFiles::hasNameOf(llvm::StringRef file) const {
  return names_.contains(path::filename(file));
}

void NewFiles::addInputsOf(const RecordedCommand &recorded, std::vector<std::string> &inputs) {
  const auto mayRead = scan_.inputs(recorded);
  for (const std::string &file : files_)
    if (!mayRead || std::ranges::binary_search(*mayRead, tree_.root + "/" + file))
      inputs.push_back(file);
}

void NewFiles::dropInputsOf(std::span<const RecordedCommand *const> units,
                            std::set<std::string> &files) {
  const auto isNew = [&](const std::string &file) { return files_.contains(file); };
  for (const RecordedCommand *recorded : units) {
    if (std::ranges::none_of(files, isNew))
      return;
    if (const auto mayRead = scan_.inputs(*recorded))
      for (const std::string &input : *mayRead)
        files.erase(pathInTree(tree_.root, input));
  }
}

} // namespace suture::builder
