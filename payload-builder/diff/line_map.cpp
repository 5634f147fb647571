// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/diff/line_map.h"

#include "payload-builder/diff/git_library.h"

#include <algorithm>
#include <git2.h>
#include <limits>

namespace suture::builder {
namespace {

int recordHunk(const git_diff_delta *, const git_diff_hunk *hunk, void *context) {
  auto line = [](int start, int count) { return static_cast<unsigned>(count ? start : start + 1); };
  static_cast<std::vector<ChangedLines> *>(context)->push_back(
      {line(hunk->old_start, hunk->old_lines), static_cast<unsigned>(hunk->old_lines),
       line(hunk->new_start, hunk->new_lines), static_cast<unsigned>(hunk->new_lines)});
  return 0;
}

} // namespace

LineMap::LineMap(std::string_view base, std::string_view patched) {
  GitLibrary library;
  git_diff_options options;
  git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  options.context_lines = 0;
  options.flags = GIT_DIFF_FORCE_TEXT;
  // It fails only when memory is out.
  git_diff_buffers(base.data(), base.size(), nullptr, patched.data(), patched.size(), nullptr,
                   &options, nullptr, nullptr, recordHunk, nullptr, &changes_);

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
