// SPDX-License-Identifier: Apache-2.0
#pragma once
// Changed headers that C leads the assembler to, and who is concerned.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/units/changed_names.h"
#include "payload-builder/units/mention_search.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace suture::builder {

/// Headers with macros of the assembler's own, of which C has an `.include`.
class AssemblerHeaders final {
public:
  /// \param tree  outlives the object. \param changed  files of it that can be told apart.
  AssemblerHeaders(const SourceTree &tree, const std::set<std::string> &changed);
  AssemblerHeaders(const AssemblerHeaders &) = delete;
  AssemblerHeaders &operator=(const AssemblerHeaders &) = delete;

  const std::set<std::string> &files() const { return files_; }
  /// Leaves those that an `.include` in one of the files names: absolute paths.
  void keepThoseIncludedBy(const std::set<std::string> &readers);
  /// Whether a unit may use a macro that changes in them. \param inputs  all that it reads;
  /// nullopt: that may be anything.
  bool mayBeUsedBy(const std::optional<std::vector<std::string>> &inputs);

private:
  const SourceTree &tree_;
  std::set<std::string> files_;
  /// Made when the first unit is asked for.
  std::map<std::string, ChangedNames> changes_;
  std::optional<MentionSearch> search_;
  bool allComplete_ = true;
};

} // namespace suture::builder
