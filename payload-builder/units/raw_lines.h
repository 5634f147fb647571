// SPDX-License-Identifier: Apache-2.0
#pragma once
// A file's lines as the raw lexer sees them: which have tokens, which belong to directives.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace suture::builder {

/// A preprocessor directive, continuation lines included.
struct RawDirective {
  /// `define`, `if`, ...
  std::string kind;
  /// What is defined or undefined; else the token after the kind.
  std::string name;
  unsigned firstLine = 0, lastLine = 0;
};

class RawLines final {
public:
  explicit RawLines(std::string_view text);

  /// There is more on the line than comments and white space.
  bool hasTokens(unsigned line) const { return lines_.contains(line); }
  /// The directive that the line belongs to, or null.
  const RawDirective *directiveAt(unsigned line) const;
  /// Whether an #if, #else or #endif of any kind begins on one of these lines.
  bool hasConditional(unsigned first, unsigned last) const;
  /// Whether all directives that begin on these lines are #if, #else or #endif of any kind.
  bool hasNoOtherDirectives(unsigned first, unsigned last) const;
  /// Whether an #if of any kind begins on these lines and ends elsewhere, or the other way round.
  bool cutsConditional(unsigned first, unsigned last) const;
  /// Whether the line is under no #if but the file's own include guard.
  bool isUnconditional(unsigned line) const;

private:
  std::set<unsigned> lines_;
  /// By first line.
  std::map<unsigned, RawDirective> directives_;
};

/// The text with blanks for all tokens that begin on some lines; comments stay as they are, and so
/// do directives but those that define or undefine one of the macros.
std::string withoutTokens(std::string_view text,
                          const std::vector<std::pair<unsigned, unsigned>> &lines,
                          const std::set<std::string> &macros);

} // namespace suture::builder
