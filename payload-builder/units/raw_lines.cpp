// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/raw_lines.h"

#include <algorithm>
#include <clang/Basic/LangOptions.h>
#include <clang/Lex/Lexer.h>

namespace suture::builder {

RawLines::RawLines(std::string_view text) {
  std::string terminated(text); // The lexer reads up to a NUL.
  clang::LangOptions options;
  options.CPlusPlus = options.CPlusPlus11 = options.LineComment = true;
  clang::Lexer lexer(clang::SourceLocation(), options, terminated.data(), terminated.data(),
                     terminated.data() + terminated.size());
  unsigned line = 1;
  const char *counted = terminated.data();
  auto lineOf = [&](const char *place) {
    line += static_cast<unsigned>(std::count(counted, place, '\n'));
    counted = place;
    return line;
  };
  RawDirective *directive = nullptr;
  unsigned tokensInDirective = 0;
  clang::Token token;
  while (true) {
    lexer.LexFromRawLexer(token);
    if (token.is(clang::tok::eof))
      return;
    const char *end = lexer.getBufferLocation(), *start = end - token.getLength();
    unsigned first = lineOf(start), last = lineOf(end);
    for (unsigned i = first; i <= last; ++i)
      lines_.insert(i);
    if (token.isAtStartOfLine()) {
      directive = nullptr;
      if (token.is(clang::tok::hash)) {
        directive = &directives_[first];
        *directive = {"", "", first, last};
        tokensInDirective = 0;
        continue;
      }
    }
    if (!directive)
      continue;
    directive->lastLine = last;
    if (++tokensInDirective == 1)
      directive->kind.assign(start, end);
    else if (tokensInDirective == 2)
      directive->name.assign(start, end);
  }
}

const RawDirective *RawLines::directiveAt(unsigned line) const {
  auto after = directives_.upper_bound(line);
  if (after == directives_.begin())
    return nullptr;
  const RawDirective &directive = std::prev(after)->second;
  return line <= directive.lastLine ? &directive : nullptr;
}

bool RawLines::hasConditional(unsigned first, unsigned last) const {
  for (auto it = directives_.lower_bound(first); it != directives_.end() && it->first <= last; ++it)
    if (it->second.kind.starts_with("if") || it->second.kind.starts_with("el") ||
        it->second.kind == "endif")
      return true;
  return false;
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

} // namespace suture::builder
