// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/diff/apply_patch.h"

// `git apply` moves a hunk to another line when its context is found there, and `patch` also drops
// context. Either may put a fix in the wrong one of two similar functions, and what is built here
// runs in a hypervisor: a hunk applies where it says, or is refused. What would have helped (it
// stands elsewhere, it is in the tree already) is said in the message.

#include "payload-builder/diff/text_lines.h"

#include <algorithm>
#include <fmt/format.h>

namespace suture::builder {
namespace {

/// A line with its newline, if it has one.
using Lines = std::vector<std::string_view>;

std::string_view withoutEnd(std::string_view line) {
  if (line.ends_with('\n'))
    line.remove_suffix(1);
  return line;
}

bool equal(const HunkLine &expected, std::string_view found) {
  return withoutEnd(found) == expected.text && found.ends_with('\n') == !expected.noNewline;
}

/// The first line of the hunk's base (or patched) side that differs when it is laid at lines[at];
/// nullopt: none does.
std::optional<size_t> firstDifference(const Hunk &hunk, const Lines &lines, size_t at, char other) {
  for (size_t i = 0; i < hunk.lines.size(); ++i) {
    if (hunk.lines[i].kind == other)
      continue;
    if (at >= lines.size() || !equal(hunk.lines[i], lines[at]))
      return i;
    ++at;
  }
  return std::nullopt;
}

size_t sideLine(const Hunk &hunk, size_t index, char other) {
  return static_cast<size_t>(
      std::ranges::count_if(hunk.lines.begin(), hunk.lines.begin() + static_cast<ptrdiff_t>(index),
                            [other](const HunkLine &line) { return line.kind != other; }));
}

std::string quoted(std::string_view text) {
  std::string result = "'";
  for (char c : text.substr(0, 160))
    result += c == '\r' ? "\\r" : c == '\t' ? "\t" : std::string(1, c);
  return result + (text.size() > 160 ? "...'" : "'");
}

std::string howLinesDiffer(const HunkLine &expected, std::string_view found) {
  std::string_view text = withoutEnd(found);
  if (text == expected.text)
    return expected.noNewline ? fmt::format("expected {} without a newline at the end of the file, "
                                            "found a newline",
                                            quoted(expected.text))
                              : fmt::format("expected {} with a newline, found the end of the file "
                                            "without one",
                                            quoted(expected.text));
  std::string message = fmt::format("expected {}, found {}", quoted(expected.text), quoted(text));
  auto withoutReturn = [](std::string_view line) {
    return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
  };
  if (withoutReturn(text) == withoutReturn(expected.text))
    message += "; they differ in the line ending only (CRLF)";
  return message;
}

/// Where else the hunk would have applied, if at one place; or that it is there already.
std::string hint(const Hunk &hunk, const Lines &lines, size_t at) {
  if (hunk.patchedCount && !firstDifference(hunk, lines, at, '-'))
    return "; the change is in the file already";
  size_t found = 0, where = 0;
  for (size_t line = 0; hunk.baseCount && line + hunk.baseCount <= lines.size(); ++line)
    if (!firstDifference(hunk, lines, line, '+')) {
      ++found;
      where = line;
    }
  if (found == 1)
    return fmt::format("; the hunk's lines are at line {}: the diff was made against another "
                       "revision",
                       where + 1);
  return {};
}

HunkMismatch mismatchAt(const Hunk &hunk, const Lines &lines, size_t at, size_t index) {
  HunkMismatch mismatch;
  size_t line = at + sideLine(hunk, index, '+');
  mismatch.line = static_cast<unsigned>(line + 1);
  mismatch.diffLine = hunk.diffLine;
  mismatch.message = line >= lines.size()
                         ? fmt::format("expected {}, found the end of the file ({} lines)",
                                       quoted(hunk.lines[index].text), lines.size())
                         : howLinesDiffer(hunk.lines[index], lines[line]);
  mismatch.message += hint(hunk, lines, at);
  return mismatch;
}

} // namespace

AppliedPatch applyHunks(std::string_view base, const std::vector<Hunk> &hunks) {
  AppliedPatch result;
  Lines lines = splitLines(base);
  size_t next = 0;
  auto copyUpTo = [&](size_t end) {
    for (; next < end; ++next)
      result.text += lines[next];
  };
  for (const Hunk &hunk : hunks) {
    // With no lines on the base side, the start is the line *after which* the hunk goes.
    size_t at = hunk.baseCount ? hunk.baseStart - 1 : hunk.baseStart;
    if (at < next || at > lines.size()) {
      result.mismatches.push_back(
          {static_cast<unsigned>(at + 1), hunk.diffLine,
           at < next
               ? "the hunk overlaps the one before it"
               : fmt::format("the hunk begins past the end of the file ({} lines)", lines.size())});
      continue;
    }
    if (auto index = firstDifference(hunk, lines, at, '+')) {
      result.mismatches.push_back(mismatchAt(hunk, lines, at, *index));
      continue;
    }
    copyUpTo(at);
    // Only the file's last line may lack its newline: lines that follow would run into it.
    size_t end = at + hunk.baseCount;
    for (const HunkLine &line : hunk.lines) {
      if (line.kind == '-')
        continue;
      if (!result.text.empty() && !result.text.ends_with('\n')) {
        result.mismatches.push_back({static_cast<unsigned>(end), hunk.diffLine,
                                     "a line follows one that has no newline at its end"});
        break;
      }
      result.text += line.text;
      if (!line.noNewline)
        result.text += '\n';
    }
    next = end;
    if (next < lines.size() && !result.text.empty() && !result.text.ends_with('\n'))
      result.mismatches.push_back({static_cast<unsigned>(end), hunk.diffLine,
                                   "the hunk takes the newline from a line that is not the last"});
  }
  copyUpTo(lines.size());
  return result;
}

} // namespace suture::builder
