// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the build of the target read for a unit.

#include "payload-builder/units/compile_commands.h"
#include "payload-builder/units/include_scan.h"

#include <llvm/ADT/StringRef.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace suture::builder {

/// Not thread-safe: it remembers where folders are.
class RecordedInputs final {
public:
  /// \param tree  outlives it.
  explicit RecordedInputs(const SourceTree &tree) : scan_(tree) {}

  /// Absolute, symbolic links in their folders resolved: as the build recorded them, and where it
  /// did not, those that the text may include. nullopt: it may be any file.
  std::optional<std::vector<std::string>> of(const RecordedCommand &recorded);
  /// One file that a compiler run in `directory` calls `file`, in the same form.
  std::string realPath(llvm::StringRef directory, llvm::StringRef file);

private:
  IncludeScan scan_;
  std::map<std::string, std::string> realFolders_;
};

} // namespace suture::builder
