// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which files mention a name.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/units/changed_names.h"

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace suture::builder {

/// Looks for names in files, those included that `##` could put together: a name counts as
/// mentioned too when it is up to three words of the files put end to end.
class MentionSearch final {
public:
  /// \param changes  by header; all complete. Both must outlive the search.
  MentionSearch(const SourceTree &tree, const std::map<std::string, ChangedNames> &changes);

  /// Whether one of the files mentions a name outside its own changed declaration.
  /// \param files  absolute; those that cannot be read mention nothing.
  bool mentions(const std::vector<std::string> &files);

private:
  /// One bit for each part of each name; see partIndex().
  using Parts = std::vector<bool>;
  using Lines = std::vector<std::pair<unsigned, unsigned>>;

  /// The bit of characters `range.first` up to `range.second` of names_[name].
  size_t partIndex(size_t name, std::pair<size_t, size_t> range) const {
    return firstPart_[name] + range.first * (names_[name].size() + 1) + range.second;
  }
  const Parts &partsIn(const std::string &file);
  void scan(std::string_view text, const Lines *without, Parts &found) const;
  bool makesName(const Parts &parts) const;

  const SourceTree &tree_;
  const std::map<std::string, ChangedNames> &changes_;
  std::vector<std::string> names_;
  std::vector<size_t> firstPart_;
  size_t partCount_ = 0;
  /// The parts that a word is.
  std::unordered_map<std::string, std::vector<size_t>> partsOf_;
  std::map<std::string, Parts> files_;
};

} // namespace suture::builder
