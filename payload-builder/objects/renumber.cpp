// SPDX-License-Identifier: Apache-2.0
// See compare_objects.cpp for why. Here is how.
//
// Every line of a state has a label: its number in the file on disk where the line came from there,
// else one more than the line before it. Labels are carried through the versions one diff at a time
// (disk, lower payloads, this diff), so that a line that a lower payload brought has the same label
// in the base and in the patched state. Where a label is not one more than the last, a
// `#line LABEL` goes before the line:
//
//     1 int a;            1 int a;
//     2 int b;     ->       int added;       (label 2)
//                           #line 2
//                         2 int b;           (label 2 again)
//
// Not every place takes a directive: not inside a comment, a raw string, a continued line or the
// parentheses of what may be a macro's arguments. It waits for the next line that does. Nor does
// every directive take effect: one in a branch of `#if` that is skipped is skipped with it. So once
// anything has moved, the directive is repeated behind each `#else`, `#elif` and `#endif`.
#include "payload-builder/objects/renumber.h"

#include "payload-builder/diff/line_map.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <ranges>
#include <string_view>
#include <vector>

namespace suture::builder {

namespace {

std::vector<std::string_view> linesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const size_t length = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

/// Follows a text line by line, as far as needed to say where a directive may stand.
class PlaceFinder final {
public:
  /// Whether a directive may stand before the next line.
  bool isSafe() const { return !inComment_ && rawEnd_.empty() && !continued_ && depth_ == 0; }

  void take(std::string_view line) {
    // A brace in the first column ends whatever unbalanced parentheses (in branches of #if) led to.
    if (!inComment_ && rawEnd_.empty() && line.starts_with('}'))
      depth_ = 0;
    for (size_t i = 0; i < line.size();)
      i = step(line, i);
    const size_t last = line.find_last_not_of("\r\n");
    continued_ = last != std::string_view::npos && line[last] == '\\';
  }

private:
  /// Consumes what starts at i; returns the index behind it.
  size_t step(std::string_view line, size_t i) {
    const std::string_view rest = line.substr(i);
    if (inComment_)
      return endAt(line, i, "*/", inComment_);
    if (!rawEnd_.empty()) {
      const size_t end = line.find(rawEnd_, i);
      const size_t behind = end == std::string_view::npos ? line.size() : end + rawEnd_.size();
      if (end != std::string_view::npos)
        rawEnd_.clear();
      return behind;
    }
    if (rest.starts_with("//"))
      return line.size();
    if (rest.starts_with("/*")) {
      inComment_ = true;
      return i + 2;
    }
    if (rest.starts_with("R\"") && rest.find('(') != std::string_view::npos) {
      const size_t open = rest.find('(');
      rawEnd_ = ")" + std::string(rest.substr(2, open - 2)) + "\"";
      return i + open + 1;
    }
    if (rest.front() == '"' || (rest.front() == '\'' && !isDigitSeparator(line, i)))
      return skipQuoted(line, i);
    if (rest.front() == '(')
      ++depth_;
    if (rest.front() == ')' && depth_ > 0)
      --depth_;
    return i + 1;
  }

  static size_t endAt(std::string_view line, size_t i, std::string_view mark, bool &state) {
    const size_t end = line.find(mark, i);
    if (end == std::string_view::npos)
      return line.size();
    state = false;
    return end + mark.size();
  }

  static bool isDigitSeparator(std::string_view line, size_t i) {
    return i > 0 && i + 1 < line.size() && std::isxdigit(static_cast<unsigned char>(line[i - 1])) &&
           std::isxdigit(static_cast<unsigned char>(line[i + 1])) &&
           !(i + 2 < line.size() && line[i + 2] == '\'');
  }

  static size_t skipQuoted(std::string_view line, size_t i) {
    const char quote = line[i];
    for (++i; i < line.size() && line[i] != quote; ++i)
      if (line[i] == '\\')
        ++i;
    return i + 1;
  }

  bool inComment_ = false, continued_ = false;
  std::string rawEnd_;
  unsigned depth_ = 0;
};

/// Whether a line is a directive after which another branch, or none, is compiled.
bool endsBranch(std::string_view line) {
  const size_t hash = line.find_first_not_of(" \t");
  if (hash == std::string_view::npos || line[hash] != '#')
    return false;
  const size_t word = line.find_first_not_of(" \t", hash + 1);
  return word != std::string_view::npos &&
         (line.substr(word).starts_with("el") || line.substr(word).starts_with("endif"));
}

std::vector<unsigned> labelsOf(const FileVersions &file, size_t version) {
  std::vector<unsigned> labels(linesOf(*file.history.front()).size());
  std::iota(labels.begin(), labels.end(), 1u);
  for (size_t step = 1; step <= version; ++step) {
    const LineMap map(*file.history[step - 1], *file.history[step]);
    const size_t count = linesOf(*file.history[step]).size();
    std::vector<unsigned> next;
    for (unsigned line = 1; line <= count; ++line) {
      const auto old = map.toBase(line);
      if (old && *old >= 1 && *old <= labels.size())
        next.push_back(labels[*old - 1]);
      else
        next.push_back(next.empty() ? 1 : next.back() + 1);
    }
    labels = std::move(next);
  }
  return labels;
}

size_t versionOf(const FileVersions &file, TreeState state) {
  return file.history.size() - (state == TreeState::Base ? 2 : 1);
}

/// Whether lines have numbers to keep: not in a file that is new in any of the versions.
bool hasLabels(const FileVersions &file, size_t version) {
  return std::ranges::all_of(file.history | std::views::take(version + 1),
                             [](const FileText &text) { return text.has_value(); });
}

/// Calls line(index, whether a directive goes before it, whether its number is its label).
template <typename Callback>
void forEachLine(const std::vector<std::string_view> &lines, const std::vector<unsigned> &labels,
                 const Callback &line) {
  PlaceFinder places;
  unsigned expected = 1;
  bool moved = false, wanted = false;
  for (size_t i = 0; i < lines.size(); ++i) {
    wanted |= labels[i] != expected;
    const bool isNow = wanted && places.isSafe();
    moved |= isNow;
    line(i, isNow, !wanted || isNow);
    wanted &= !isNow;
    places.take(lines[i]);
    wanted |= moved && endsBranch(lines[i]);
    expected = labels[i] + 1;
  }
}

} // namespace

FileText renumbered(const FileVersions &file, TreeState state) {
  const size_t version = versionOf(file, state);
  const FileText &text = file.history[version];
  if (!text || text == file.original() || !hasLabels(file, version))
    return text;
  const auto lines = linesOf(*text);
  const auto labels = labelsOf(file, version);
  std::string result;
  forEachLine(lines, labels, [&](size_t i, bool hasDirective, bool) {
    if (hasDirective)
      result += "#line " + std::to_string(labels[i]) + "\n";
    result += lines[i];
  });
  return result;
}

std::set<unsigned> differingLines(const FileVersions &file) {
  std::set<unsigned> result;
  if (!file.base() || !file.patched())
    return result;
  const LineMap map(*file.base(), *file.patched());
  for (const TreeState state : bothStates) {
    const size_t version = versionOf(file, state);
    const auto lines = linesOf(*file.history[version]);
    std::vector<unsigned> numbers(lines.size());
    if (hasLabels(file, version))
      numbers = labelsOf(file, version);
    else
      std::iota(numbers.begin(), numbers.end(), 1u);
    unsigned number = 0;
    forEachLine(lines, numbers, [&](size_t i, bool, bool isLabel) {
      const auto line = static_cast<unsigned>(i + 1);
      const auto other = state == TreeState::Base ? map.toPatched(line) : map.toBase(line);
      number = isLabel ? numbers[i] : number + 1;
      if (!other || !isLabel)
        result.insert({numbers[i], number});
    });
  }
  return result;
}

std::map<std::string, FileText> renumberedTexts(const SourceTree &tree, TreeState state) {
  std::map<std::string, FileText> texts;
  for (const auto &[path, file] : tree.files)
    texts.emplace(path, renumbered(file, state));
  return texts;
}

} // namespace suture::builder
