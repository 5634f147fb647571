// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/diff/patch_text.h"

// libgit2 parses git's own diffs but not those of `diff -u`, stops at the first mail header it does
// not know, and gives no line of the diff in its errors. A diff is a simple thing, so it is taken
// apart here: a file's part begins at `diff --git` or at `---` followed by `+++`; extended headers
// come next; then hunks, whose line counts are binding. Text between files (a mail's, a commit's)
// is skipped, text inside a hunk never is.

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace suture::builder {
namespace {

bool consume(std::string_view &text, std::string_view prefix) {
  if (!text.starts_with(prefix))
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

template <typename Number>
bool consumeNumber(std::string_view &text, Number &value, int base = 10) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{})
    return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

/// Undoes git's C-style quoting; `text` begins at the opening quote and is left behind the closing
/// one.
std::optional<std::string> unquote(std::string_view &text) {
  std::string result;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return result;
    }
    if (text[i] != '\\') {
      result += text[i];
      continue;
    }
    if (++i >= text.size())
      return std::nullopt;
    static constexpr std::string_view Letters = "abtnvfr\"\\", Meanings = "\a\b\t\n\v\f\r\"\\";
    if (size_t index = Letters.find(text[i]); index != std::string_view::npos) {
      result += Meanings[index];
      continue;
    }
    unsigned octal = 0;
    std::string_view digits = text.substr(i, 3);
    if (digits.size() != 3 || !consumeNumber(digits, octal, 8) || !digits.empty() || octal > 255)
      return std::nullopt;
    result += static_cast<char>(octal);
    i += 2;
  }
  return std::nullopt;
}

/// Takes the prefix off that `git diff` and `diff -ru` put before a path.
std::string withoutPrefix(std::string path, bool gitFormat) {
  size_t slash = path.find('/');
  if (slash == std::string::npos || slash == 0)
    return path;
  // git's own prefixes have one letter; without them (--no-prefix) the path is whole.
  if (gitFormat && (slash != 1 || std::string_view("abciow").find(path[0]) == std::string::npos))
    return path;
  return path.substr(slash + 1);
}

class Parser final {
public:
  Parser(std::string_view text, std::string_view name) : rest_(text), name_(name) { advance(); }

  llvm::Expected<std::vector<FilePatch>> parse();

private:
  llvm::Error error(std::string_view message) const {
    return llvm::createStringError(fmt::format("{}:{}: {}", name_, lineNumber_, message));
  }
  void advance();
  std::string_view peekNext() const { return rest_.substr(0, rest_.find('\n')); }
  /// The line without the carriage return that a diff in DOS format has at the end of its headers.
  std::string_view header() const {
    return line_.ends_with('\r') ? line_.substr(0, line_.size() - 1) : line_;
  }

  llvm::Expected<std::string> path(std::string_view text, bool gitFormat) const;
  llvm::Error parseGitLine(FilePatch &file) const;
  llvm::Error parseExtendedHeaders(FilePatch &file);
  llvm::Expected<bool> parseExtendedHeader(FilePatch &file) const;
  llvm::Error parseSides(FilePatch &file, bool gitFormat);
  llvm::Error parseHunks(FilePatch &file);
  llvm::Error parseHunk(FilePatch &file);
  llvm::Error parseHunkHeader(Hunk &hunk) const;

  std::string_view rest_;
  std::string_view name_;
  std::string_view line_;
  unsigned lineNumber_ = 0;
  bool atEnd_ = false;
};

void Parser::advance() {
  if (rest_.empty()) {
    atEnd_ = true;
    line_ = {};
    return;
  }
  ++lineNumber_;
  size_t length = rest_.find('\n');
  line_ = rest_.substr(0, length);
  rest_.remove_prefix(length == std::string_view::npos ? rest_.size() : length + 1);
}

llvm::Expected<std::string> Parser::path(std::string_view text, bool gitFormat) const {
  std::string result;
  if (text.starts_with('"')) {
    auto unquoted = unquote(text);
    if (!unquoted)
      return error("a quoted path that does not end");
    result = std::move(*unquoted);
  } else {
    // `diff -u` writes the file's time behind a tab.
    result = text.substr(0, text.find('\t'));
  }
  if (result == "/dev/null")
    return std::string();
  if (result.empty())
    return error("a path is missing");
  return withoutPrefix(std::move(result), gitFormat);
}

/// `diff --git a/X b/X` names the file where nothing else does: mode changes and empty files. Names
/// with spaces are told apart by both halves being the same.
llvm::Error Parser::parseGitLine(FilePatch &file) const {
  std::string_view text = header();
  consume(text, "diff --git ");
  if (text.starts_with('"')) {
    auto base = unquote(text);
    if (!base || !consume(text, " "))
      return error("a 'diff --git' line whose paths cannot be told apart");
    file.basePath = withoutPrefix(std::move(*base), true);
    auto patched = path(text, true);
    if (!patched)
      return patched.takeError();
    file.patchedPath = std::move(*patched);
    return llvm::Error::success();
  }
  for (size_t space = text.find(' '); space != std::string_view::npos;
       space = text.find(' ', space + 1)) {
    std::string base = withoutPrefix(std::string(text.substr(0, space)), true);
    std::string patched = withoutPrefix(std::string(text.substr(space + 1)), true);
    if (base == patched) {
      file.basePath = std::move(base);
      file.patchedPath = std::move(patched);
      break;
    }
  }
  return llvm::Error::success();
}

llvm::Expected<bool> Parser::parseExtendedHeader(FilePatch &file) const {
  std::string_view text = header();
  uint32_t mode = 0;
  auto named = [&](std::string &side) -> llvm::Expected<bool> {
    // These paths carry no prefix.
    if (text.starts_with('"')) {
      auto unquoted = unquote(text);
      if (!unquoted)
        return error("a quoted path that does not end");
      side = std::move(*unquoted);
    } else {
      side = text;
    }
    return true;
  };
  if (consume(text, "old mode ") && consumeNumber(text, mode, 8)) {
    file.baseMode = mode;
  } else if (consume(text, "new mode ") && consumeNumber(text, mode, 8)) {
    file.patchedMode = mode;
  } else if (consume(text, "deleted file mode ") && consumeNumber(text, mode, 8)) {
    file.baseMode = mode;
    file.patchedPath.clear();
  } else if (consume(text, "new file mode ") && consumeNumber(text, mode, 8)) {
    file.patchedMode = mode;
    file.basePath.clear();
  } else if (consume(text, "rename from ") || consume(text, "copy from ")) {
    file.copy = header().starts_with("copy");
    return named(file.basePath);
  } else if (consume(text, "rename to ") || consume(text, "copy to ")) {
    return named(file.patchedPath);
  } else if (consume(text, "index ")) {
    if (size_t space = text.rfind(' '); space != std::string_view::npos) {
      text.remove_prefix(space + 1);
      if (consumeNumber(text, mode, 8))
        file.baseMode = file.patchedMode = mode;
    }
  } else if (text.starts_with("Binary files ") || text == "GIT binary patch") {
    file.binary = true;
  } else {
    return consume(text, "similarity index ") || consume(text, "dissimilarity index ");
  }
  return true;
}

llvm::Error Parser::parseExtendedHeaders(FilePatch &file) {
  while (!atEnd_ && !line_.starts_with("--- ")) {
    auto known = parseExtendedHeader(file);
    if (!known)
      return known.takeError();
    if (!*known)
      break;
    bool binaryPatch = header() == "GIT binary patch";
    advance();
    // Its lines are base 85 and may look like anything.
    while (binaryPatch && !atEnd_ && !line_.starts_with("diff --git "))
      advance();
  }
  return llvm::Error::success();
}

llvm::Error Parser::parseSides(FilePatch &file, bool gitFormat) {
  std::string *sides[] = {&file.basePath, &file.patchedPath};
  std::string_view prefixes[] = {"--- ", "+++ "};
  for (size_t i = 0; i < 2; ++i) {
    std::string_view text = header();
    if (!consume(text, prefixes[i]))
      return error(fmt::format("expected a line that begins with '{}'", prefixes[i]));
    auto parsed = path(text, gitFormat);
    if (!parsed)
      return parsed.takeError();
    // git's rename headers are exact; these lines say the same.
    *sides[i] = std::move(*parsed);
    advance();
  }
  return llvm::Error::success();
}

llvm::Error Parser::parseHunkHeader(Hunk &hunk) const {
  std::string_view text = header();
  auto range = [&](unsigned &start, unsigned &count) {
    if (!consumeNumber(text, start))
      return false;
    count = 1;
    return !consume(text, ",") || consumeNumber(text, count);
  };
  if (!consume(text, "@@ -") || !range(hunk.baseStart, hunk.baseCount) || !consume(text, " +") ||
      !range(hunk.patchedStart, hunk.patchedCount) || !consume(text, " @@"))
    return error("a malformed '@@' line");
  if ((hunk.baseCount && !hunk.baseStart) || (hunk.patchedCount && !hunk.patchedStart))
    return error("a '@@' line that names line 0");
  return llvm::Error::success();
}

llvm::Error Parser::parseHunk(FilePatch &file) {
  Hunk &hunk = file.hunks.emplace_back();
  hunk.diffLine = lineNumber_;
  if (auto failed = parseHunkHeader(hunk))
    return failed;
  advance();
  unsigned base = 0, patched = 0;
  while (base < hunk.baseCount || patched < hunk.patchedCount) {
    if (atEnd_)
      return error("the diff ends in the middle of a hunk");
    // Mail programs strip the space of an empty context line.
    char kind = line_.empty() || line_ == "\r" ? ' ' : line_[0];
    std::string_view text = line_.empty() || line_ == "\r" ? line_ : line_.substr(1);
    if (kind != ' ' && kind != '-' && kind != '+')
      return error("a line in a hunk that begins neither with ' ', '-' nor '+'");
    base += kind != '+';
    patched += kind != '-';
    if (base > hunk.baseCount || patched > hunk.patchedCount)
      return error("a hunk with more lines than its '@@' line says");
    hunk.lines.push_back({kind, text, peekNext().starts_with("\\ ")});
    advance();
    if (hunk.lines.back().noNewline)
      advance();
  }
  return llvm::Error::success();
}

llvm::Error Parser::parseHunks(FilePatch &file) {
  while (!atEnd_ && line_.starts_with("@@ "))
    if (auto failed = parseHunk(file))
      return failed;
  return llvm::Error::success();
}

llvm::Expected<std::vector<FilePatch>> Parser::parse() {
  std::vector<FilePatch> files;
  while (!atEnd_) {
    bool gitFormat = line_.starts_with("diff --git ");
    bool plainFormat = line_.starts_with("--- ") && peekNext().starts_with("+++ ");
    if (!gitFormat && !plainFormat) {
      if (line_.starts_with("@@ -"))
        return error("a hunk without a file before it");
      advance();
      continue;
    }
    FilePatch &file = files.emplace_back();
    file.diffLine = lineNumber_;
    if (gitFormat) {
      if (auto failed = parseGitLine(file))
        return failed;
      advance();
      if (auto failed = parseExtendedHeaders(file))
        return failed;
    }
    if (line_.starts_with("--- ") && peekNext().starts_with("+++ ")) {
      if (auto failed = parseSides(file, gitFormat))
        return failed;
      if (!line_.starts_with("@@ "))
        return error("expected '@@' after the file's names");
      if (auto failed = parseHunks(file))
        return failed;
    }
    if (file.basePath.empty() && file.patchedPath.empty())
      return error("a file without a name");
  }
  if (files.empty())
    return llvm::createStringError(
        fmt::format("{}: not a diff: no line begins with 'diff --git' or '---'", name_));
  return files;
}

} // namespace

llvm::Expected<std::vector<FilePatch>> parsePatchText(std::string_view text,
                                                      std::string_view name) {
  if (std::ranges::all_of(text, [](char c) { return std::string_view(" \t\r\n").contains(c); }))
    return llvm::createStringError(fmt::format("{}: the diff is empty", name));
  return Parser(text, name).parse();
}

} // namespace suture::builder
