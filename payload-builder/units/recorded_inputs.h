// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the build of the target read for a unit.

#include "payload-builder/support/tree_paths.h"
#include "payload-builder/units/compile_commands.h"
#include "payload-builder/units/include_scan.h"

#include <optional>
#include <string>
#include <vector>

namespace suture::builder {

/// Not thread-safe: it remembers where links lead.
class RecordedInputs final {
public:
  /// \param tree  outlives it.
  explicit RecordedInputs(const SourceTree &tree) : scan_(tree), paths_(tree.root) {}

  /// By the names that TreePaths gives: as the build recorded them, and where it did not, those
  /// that the text may include. nullopt: it may be any file.
  std::optional<std::vector<std::string>> of(const RecordedCommand &recorded);
  TreePaths &paths() { return paths_; }

private:
  IncludeScan scan_;
  TreePaths paths_;
};

} // namespace suture::builder
