// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/pragma_text.h"

#include <clang/Lex/Lexer.h>
#include <clang/Lex/Preprocessor.h>

namespace suture::builder {

std::string pragmaText(const clang::Preprocessor &preprocessor) {
  // Of `_Pragma` the preprocessor has made a text of its own by then, which ends with a line too.
  const auto *lexer = static_cast<const clang::Lexer *>(preprocessor.getCurrentLexer());
  if (!lexer)
    return {};
  llvm::StringRef rest(lexer->getBufferLocation());
  std::string text;
  for (bool goesOn = true; goesOn;) {
    auto [line, next] = rest.split('\n');
    goesOn = line.rtrim('\r').ends_with("\\") && !next.empty();
    text += goesOn ? line.rtrim('\r').drop_back() : line;
    rest = next;
  }
  return llvm::StringRef(text).trim().str();
}

} // namespace suture::builder
