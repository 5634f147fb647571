// SPDX-License-Identifier: Apache-2.0
#pragma once
// A file's own tokens: nothing expanded, no directive followed.

#include <clang/Basic/LangOptions.h>
#include <clang/Lex/Lexer.h>
#include <string>
#include <string_view>

namespace suture::builder {

/// Calls callback(token, spelling) for each token up to the end, directives' among them; the
/// spelling is a part of the text, ends of continued lines included.
template <typename Callback> void forEachRawToken(std::string_view text, Callback &&callback) {
  const std::string terminated(text); // The lexer reads up to a NUL.
  clang::LangOptions options;
  options.CPlusPlus = options.CPlusPlus11 = options.CPlusPlus14 = options.CPlusPlus17 = true;
  options.LineComment = true;
  clang::Lexer lexer(clang::SourceLocation(), options, terminated.data(), terminated.data(),
                     terminated.data() + terminated.size());
  clang::Token token;
  for (lexer.LexFromRawLexer(token); token.isNot(clang::tok::eof); lexer.LexFromRawLexer(token)) {
    const char *start = lexer.getBufferLocation() - token.getLength();
    callback(token, text.substr(static_cast<size_t>(start - terminated.data()), token.getLength()));
  }
}

} // namespace suture::builder
