// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/recorded_inputs.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace suture::builder {

namespace path = llvm::sys::path;

std::optional<std::vector<std::string>> RecordedInputs::of(const RecordedCommand &recorded) {
  if (!recorded.inputs)
    return scan_.inputs(recorded);
  std::vector<std::string> files;
  for (llvm::StringRef input : *recorded.inputs)
    files.push_back(realPath(recorded.command.directory, input));
  return files;
}

std::string RecordedInputs::realPath(llvm::StringRef directory, llvm::StringRef file) {
  llvm::SmallString<256> full(file);
  if (!path::is_absolute(file)) {
    full = directory;
    path::append(full, file);
  }
  auto [folder, isNew] = realFolders_.try_emplace(path::parent_path(full).str());
  if (isNew) {
    llvm::SmallString<256> real;
    folder->second =
        llvm::sys::fs::real_path(folder->first, real) ? folder->first : real.str().str();
  }
  return folder->second + "/" + path::filename(full).str();
}

} // namespace suture::builder
