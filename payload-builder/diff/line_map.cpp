// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/diff/line_map.h"

// The shortest edit between two texts, line by line (Myers, "An O(ND) Difference Algorithm and Its
// Variations", 1986). What is the same at both ends goes first: a fix leaves little in between.
// Past a bound on the number of edits, what is in between counts as changed altogether; that is
// never wrong, only coarse.
//
// libgit2 has the same in git_diff_buffers(), but its initialisation reads every certificate of the
// system (measured: 70 ms), and this is called for each file of each unit.

#include "payload-builder/diff/text_lines.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>

namespace suture::builder {
namespace {

using Lines = std::vector<std::string_view>;

/// A position in both texts, from 0.
struct Point {
  ptrdiff_t base = 0, patched = 0;
};

/// From one position up to another: lines that one text has in place of the other's.
using Range = std::pair<Point, Point>;

class ShortestEdit final {
public:
  /// The texts must not be the same at either end.
  ShortestEdit(std::span<const std::string_view> base, std::span<const std::string_view> patched)
      : base_(base), patched_(patched) {}

  /// In order; one for all where the edits are too many.
  std::vector<Range> ranges() {
    const Point end{std::ssize(base_), std::ssize(patched_)};
    if (base_.empty() || patched_.empty() || !search(end))
      return {{Point{}, end}};
    return trace(end);
  }

private:
  /// Diagonals are base - patched, from -MaxEdits - 1 on.
  static constexpr ptrdiff_t MaxEdits = 1000, Origin = MaxEdits + 1;
  /// The furthest base position on each diagonal, after some number of edits.
  using Furthest = std::vector<ptrdiff_t>;

  static ptrdiff_t &at(Furthest &furthest, ptrdiff_t diagonal) {
    return furthest[static_cast<size_t>(diagonal + Origin)];
  }
  static ptrdiff_t at(const Furthest &furthest, ptrdiff_t diagonal) {
    return furthest[static_cast<size_t>(diagonal + Origin)];
  }
  /// The diagonal from which the last of `edits` edits led to this one.
  static ptrdiff_t previous(const Furthest &furthest, ptrdiff_t diagonal, ptrdiff_t edits) {
    bool added = diagonal == -edits ||
                 (diagonal != edits && at(furthest, diagonal - 1) < at(furthest, diagonal + 1));
    return added ? diagonal + 1 : diagonal - 1;
  }

  bool search(Point end) {
    Furthest furthest(2 * Origin + 1, 0);
    for (ptrdiff_t edits = 0; edits <= MaxEdits; ++edits) {
      before_.push_back(furthest);
      for (ptrdiff_t diagonal = -edits; diagonal <= edits; diagonal += 2) {
        ptrdiff_t from = previous(furthest, diagonal, edits);
        ptrdiff_t base = edits ? at(furthest, from) + (from < diagonal) : 0;
        while (base < end.base && base - diagonal < end.patched &&
               base_[static_cast<size_t>(base)] == patched_[static_cast<size_t>(base - diagonal)])
          ++base;
        at(furthest, diagonal) = base;
        if (base >= end.base && base - diagonal >= end.patched)
          return true;
      }
    }
    return false;
  }

  std::vector<Range> trace(Point end) const {
    std::vector<Range> ranges;
    for (auto edits = std::ssize(before_) - 1; edits > 0; --edits) {
      const Furthest &furthest = before_[static_cast<size_t>(edits)];
      ptrdiff_t diagonal = end.base - end.patched;
      ptrdiff_t from = previous(furthest, diagonal, edits);
      Point start{at(furthest, from), at(furthest, from) - from};
      Point after = from < diagonal ? Point{start.base + 1, start.patched}
                                    : Point{start.base, start.patched + 1};
      // Edits that touch are one change.
      if (!ranges.empty() && ranges.back().first.base == after.base &&
          ranges.back().first.patched == after.patched)
        ranges.back().first = start;
      else
        ranges.emplace_back(start, after);
      end = start;
    }
    std::ranges::reverse(ranges);
    return ranges;
  }

  std::span<const std::string_view> base_, patched_;
  /// State before each number of edits.
  std::vector<Furthest> before_;
};

std::vector<ChangedLines> changesBetween(const Lines &base, const Lines &patched) {
  size_t limit = std::min(base.size(), patched.size());
  size_t before = 0, after = 0;
  while (before < limit && base[before] == patched[before])
    ++before;
  while (after < limit - before &&
         base[base.size() - 1 - after] == patched[patched.size() - 1 - after])
    ++after;
  if (before + after == base.size() && before + after == patched.size())
    return {};
  auto middle = [&](const Lines &lines) {
    return std::span(lines).subspan(before, lines.size() - before - after);
  };
  std::vector<ChangedLines> changes;
  auto line = [before](ptrdiff_t position) {
    return static_cast<unsigned>(position) + static_cast<unsigned>(before) + 1;
  };
  for (auto [from, to] : ShortestEdit(middle(base), middle(patched)).ranges())
    changes.push_back({line(from.base), static_cast<unsigned>(to.base - from.base),
                       line(from.patched), static_cast<unsigned>(to.patched - from.patched)});
  return changes;
}

} // namespace

LineMap::LineMap(std::string_view base, std::string_view patched)
    : changes_(changesBetween(splitLines(base), splitLines(patched))) {
  unsigned baseLine = 1, patchedLine = 1;
  for (const ChangedLines &change : changes_) {
    if (change.baseLine > baseLine)
      same_.push_back({baseLine, patchedLine, change.baseLine - baseLine});
    baseLine = change.baseLine + change.baseCount;
    patchedLine = change.patchedLine + change.patchedCount;
  }
  same_.push_back({baseLine, patchedLine, std::numeric_limits<unsigned>::max() / 2});
}

std::optional<unsigned> LineMap::toBase(unsigned patchedLine) const {
  for (const SameLines &run : same_)
    if (patchedLine >= run.patchedLine && patchedLine - run.patchedLine < run.count)
      return run.baseLine + (patchedLine - run.patchedLine);
  return std::nullopt;
}

std::optional<unsigned> LineMap::toPatched(unsigned baseLine) const {
  for (const SameLines &run : same_)
    if (baseLine >= run.baseLine && baseLine - run.baseLine < run.count)
      return run.patchedLine + (baseLine - run.baseLine);
  return std::nullopt;
}

bool LineMap::changesPatched(unsigned first, unsigned last) const {
  return std::ranges::any_of(changes_, [&](const ChangedLines &change) {
    unsigned end = change.patchedLine + std::max(change.patchedCount, 1u);
    return change.patchedLine <= last && end > first;
  });
}

} // namespace suture::builder
