// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which line of the base text is which line of the patched text.

#include <optional>
#include <string_view>
#include <vector>

namespace suture::builder {

/// Lines that one text has in place of the other's. Lines count from 1; where a count is 0, the
/// line is the one before which the other side's lines stand.
struct ChangedLines {
  unsigned baseLine = 0, baseCount = 0;
  unsigned patchedLine = 0, patchedCount = 0;
};

/// A run of lines that are the same in both texts.
struct SameLines {
  unsigned baseLine = 0, patchedLine = 0, count = 0;
};

/// Maps lines between two texts of a file, by the shortest edit between them.
class LineMap final {
public:
  LineMap(std::string_view base, std::string_view patched);

  /// In order of lines.
  const std::vector<ChangedLines> &changes() const { return changes_; }
  /// The unchanged runs, in order of lines; the last one has no end.
  const std::vector<SameLines> &same() const { return same_; }

  /// The same line in the other text; nullopt where the line was changed.
  std::optional<unsigned> toBase(unsigned patchedLine) const;
  std::optional<unsigned> toPatched(unsigned baseLine) const;
  /// Whether a change lies within lines `first` to `last`, both included, of the patched text.
  /// Lines that were only removed count as lying at the line that follows them.
  bool changesPatched(unsigned first, unsigned last) const;

private:
  std::vector<ChangedLines> changes_;
  std::vector<SameLines> same_;
};

} // namespace suture::builder
