// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which files mention a name.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"
#include "payload-builder/units/changed_names.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace suture::builder {

/// How a unit's files may mention a name outside its own changed declaration.
enum class Mention {
  /// In no way: no row of their words, put end to end, makes a name.
  None,
  /// Some of their words, put end to end, make a name: `##` may do so.
  MayBePasted,
  /// A name stands there.
  Certain,
};

/// Looks for names in the text of files.
class MentionSearch final {
public:
  /// \param changes  by header; all complete; headers that the diff leaves alone may have lines of
  /// their own, too (reached_names.h). Both must outlive the search.
  MentionSearch(const SourceTree &tree, const std::map<std::string, ChangedNames> &changes);

  /// Whether a macro of the compile command mentions a name.
  bool isNamedIn(const CompileCommand &command) const;
  /// The most certain mention of any of the names. \param files  absolute; those that cannot be
  /// read mention nothing.
  Mention mentions(const std::vector<std::string> &files);

private:
  using Lines = std::vector<std::pair<unsigned, unsigned>>;
  /// What a file's words are.
  struct FileWords {
    bool hasName = false;
    /// Parts of names, as partIndex() numbers them; sorted.
    std::vector<uint32_t> parts;
  };

  /// Characters `range.first` up to `range.second` of names_[name].
  uint32_t partIndex(size_t name, std::pair<size_t, size_t> range) const {
    return static_cast<uint32_t>(firstPart_[name] + range.first * (names_[name].size() + 1) +
                                 range.second);
  }
  const FileWords &wordsIn(const std::string &file);
  void scan(std::string_view text, const Lines *without, FileWords &found) const;
  bool canBePasted(size_t name, const std::vector<bool> &parts) const;

  const SourceTree &tree_;
  const std::map<std::string, ChangedNames> &changes_;
  std::vector<std::string> names_;
  std::vector<size_t> firstPart_;
  size_t partCount_ = 0;
  /// The parts that a word is; a whole name is none.
  std::unordered_map<std::string, std::vector<uint32_t>> partsOf_;
  std::map<std::string, FileWords> files_;
};

} // namespace suture::builder
