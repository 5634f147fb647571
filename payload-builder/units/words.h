// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words of a C text.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace suture::builder {

inline bool isWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The end of an `#include` line's file name, where one begins here: that is no word.
inline size_t endOfInclude(std::string_view text, size_t hash) {
  const auto skipBlanks = [&](size_t at) {
    return std::min(text.find_first_not_of(" \t", at), text.size());
  };
  size_t at = skipBlanks(hash + 1);
  for (const std::string_view directive : {"include_next", "include"})
    if (text.substr(at).starts_with(directive)) {
      at = skipBlanks(at + directive.size());
      const char close = text.substr(at).starts_with('<') ? '>' : '"';
      if (at == text.size() || (text[at] != '<' && text[at] != '"'))
        return hash + 1;
      const size_t end = text.find_first_of(std::string{close, '\n'}, at + 1);
      return std::min(end, text.size());
    }
  return hash + 1;
}

/// Calls word(text, line) for each word outside comments and names of included files.
template <typename Callback> void forEachWord(std::string_view text, Callback &&word) {
  unsigned line = 1;
  char quote = '\0';
  bool isLineStart = true;
  for (size_t i = 0; i < text.size();) {
    char c = text[i];
    if (c == '#' && isLineStart && !quote) {
      i = endOfInclude(text, i);
      isLineStart = false;
      continue;
    }
    isLineStart = c == '\n' || (isLineStart && (c == ' ' || c == '\t'));
    if (isWordCharacter(c)) {
      size_t end = i;
      while (end < text.size() && isWordCharacter(text[end]))
        ++end;
      word(text.substr(i, end - i), line);
      i = end;
      continue;
    }
    std::string_view rest = text.substr(i);
    if (!quote && rest.starts_with("/*")) {
      size_t end = text.find("*/", i + 2);
      end = end == std::string_view::npos ? text.size() : end + 2;
      line += static_cast<unsigned>(std::ranges::count(text.substr(i, end - i), '\n'));
      i = end;
      continue;
    }
    if (!quote && rest.starts_with("//")) {
      i = std::min(text.find('\n', i), text.size());
      continue;
    }
    if (c == '\n') {
      ++line;
      quote = '\0'; // An apostrophe in an #error ends with its line.
    } else if (quote && c == '\\') {
      ++i;
      line += i < text.size() && text[i] == '\n';
    } else if (quote ? c == quote : c == '"' || c == '\'') {
      quote = quote ? '\0' : c;
    }
    ++i;
  }
}

} // namespace suture::builder
