// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/without_declarations.h"

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/raw_lines.h"

#include <set>
#include <utility>

namespace suture::builder {

SourceTree withoutDeclarations(const SourceTree &tree,
                               const std::map<std::string, ChangedNames> &changes) {
  std::set<std::string> names;
  for (const auto &[header, change] : changes)
    names.insert(change.names.begin(), change.names.end());
  SourceTree result = tree;
  for (const auto &[header, change] : changes) {
    const auto versions = tree.files.find(header);
    std::string text;
    if (versions != tree.files.end()) {
      text = versions->second.patched().value_or("");
    } else if (auto onDisk =
                   readFile(header.starts_with('/') ? header : tree.root + "/" + header)) {
      text = std::move(*onDisk);
    } else {
      llvm::consumeError(onDisk.takeError()); // A unit that needs it does not compile, and says so.
      continue;
    }
    text = withoutTokens(text, change.patchedLines, names);
    result.files[header].history = {text, text};
  }
  return result;
}

} // namespace suture::builder
