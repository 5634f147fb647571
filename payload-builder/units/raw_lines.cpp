// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/raw_lines.h"

#include "payload-builder/units/raw_tokens.h"

#include <algorithm>
#include <span>

namespace suture::builder {

namespace {

/// Calls callback(token, spelling, first and last line) for each.
template <typename Callback> void forEachTokenOnLines(std::string_view text, Callback &&callback) {
  unsigned line = 1;
  const char *counted = text.data();
  const auto lineOf = [&](const char *place) {
    line += static_cast<unsigned>(std::count(counted, place, '\n'));
    counted = place;
    return line;
  };
  forEachRawToken(text, [&](const clang::Token &token, std::string_view spelling) {
    const unsigned first = lineOf(spelling.data());
    const unsigned last = lineOf(spelling.data() + spelling.size());
    callback(token, spelling, first, last);
  });
}

} // namespace

RawLines::RawLines(std::string_view text) {
  RawDirective *directive = nullptr;
  unsigned tokensInDirective = 0;
  forEachTokenOnLines(text, [&](const clang::Token &token, std::string_view spelling,
                                unsigned first, unsigned last) {
    for (unsigned i = first; i <= last; ++i)
      lines_.insert(i);
    if (token.isAtStartOfLine()) {
      directive = nullptr;
      if (token.is(clang::tok::hash)) {
        directive = &directives_[first];
        *directive = {"", "", first, last};
        tokensInDirective = 0;
        return;
      }
    }
    if (!directive)
      return;
    directive->lastLine = last;
    if (++tokensInDirective == 1)
      directive->kind = spelling;
    else if (tokensInDirective == 2)
      directive->name = spelling;
  });
}

const RawDirective *RawLines::directiveAt(unsigned line) const {
  auto after = directives_.upper_bound(line);
  if (after == directives_.begin())
    return nullptr;
  const RawDirective &directive = std::prev(after)->second;
  return line <= directive.lastLine ? &directive : nullptr;
}

static bool isConditional(const RawDirective &directive) {
  return directive.kind.starts_with("if") || directive.kind.starts_with("el") ||
         directive.kind == "endif";
}

bool RawLines::hasConditional(unsigned first, unsigned last) const {
  for (auto it = directives_.lower_bound(first); it != directives_.end() && it->first <= last; ++it)
    if (isConditional(it->second))
      return true;
  return false;
}

bool RawLines::hasNoOtherDirectives(unsigned first, unsigned last) const {
  for (auto it = directives_.lower_bound(first); it != directives_.end() && it->first <= last; ++it)
    if (!isConditional(it->second))
      return false;
  return true;
}

bool RawLines::isUnconditional(unsigned line) const {
  const auto first = directives_.begin();
  const bool hasGuard = directives_.size() > 1 && first->second.kind == "ifndef" &&
                        std::next(first)->second.kind == "define" &&
                        std::next(first)->second.name == first->second.name;
  int depth = hasGuard ? -1 : 0;
  for (auto it = first; it != directives_.end() && it->first < line; ++it)
    depth += it->second.kind.starts_with("if") ? 1 : it->second.kind == "endif" ? -1 : 0;
  return depth <= 0;
}

bool RawLines::cutsConditional(unsigned first, unsigned last) const {
  int depth = 0;
  for (auto it = directives_.lower_bound(first); it != directives_.end() && it->first <= last;
       ++it) {
    const std::string &kind = it->second.kind;
    if (depth == 0 && (kind.starts_with("el") || kind == "endif"))
      return true;
    depth += kind.starts_with("if") ? 1 : kind == "endif" ? -1 : 0;
  }
  return depth != 0;
}

std::string withoutTokens(std::string_view text,
                          const std::vector<std::pair<unsigned, unsigned>> &lines,
                          const std::set<std::string> &macros) {
  const RawLines directives(text);
  std::string result(text);
  forEachTokenOnLines(
      text, [&](const clang::Token &, std::string_view spelling, unsigned first, unsigned) {
        if (std::ranges::none_of(
                lines, [&](auto range) { return range.first <= first && first <= range.second; }))
          return;
        if (const RawDirective *directive = directives.directiveAt(first);
            directive && ((directive->kind != "define" && directive->kind != "undef") ||
                          !macros.contains(directive->name)))
          return;
        for (char &c : std::span(result).subspan(static_cast<size_t>(spelling.data() - text.data()),
                                                 spelling.size()))
          c = c == '\n' ? c : ' ';
      });
  return result;
}

} // namespace suture::builder
