// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/assembler_headers.h"

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/assembler_macros.h"

#include <filesystem>

namespace suture::builder {

AssemblerHeaders::AssemblerHeaders(const SourceTree &tree, const std::set<std::string> &changed)
    : tree_(tree) {
  for (const std::string &file : changed) {
    const FileVersions &versions = tree.files.at(file);
    if (hasAssemblerMacros(versions.base().value_or("")) ||
        hasAssemblerMacros(versions.patched().value_or("")))
      files_.insert(file);
  }
}

void AssemblerHeaders::keepThoseIncludedBy(const std::set<std::string> &readers) {
  std::set<std::string> included;
  for (const std::string &file : readers) {
    auto text = readFile(file);
    if (!text) {
      llvm::consumeError(text.takeError()); // The diff may add it; then it names nothing yet.
      continue;
    }
    const auto names = assemblerIncludes(*text);
    included.insert(names.begin(), names.end());
  }
  std::erase_if(files_, [&](const std::string &file) {
    return !included.contains(std::filesystem::path(file).filename().string());
  });
}

bool AssemblerHeaders::mayBeUsedBy(const std::optional<std::vector<std::string>> &inputs) {
  if (!search_) {
    for (const std::string &file : files_) {
      const FileVersions &versions = tree_.files.at(file);
      const auto &change =
          changes_
              .emplace(file, changedAssemblerMacros(versions.base().value_or(""),
                                                    versions.patched().value_or("")))
              .first->second;
      allComplete_ &= change.complete;
    }
    search_.emplace(tree_, changes_);
  }
  return !allComplete_ || !inputs || search_->mentions(*inputs) == Mention::Certain;
}

} // namespace suture::builder
