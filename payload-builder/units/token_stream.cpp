// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/token_stream.h"

#include "payload-builder/units/foreign_code.h"
#include "payload-builder/units/pragma_text.h"
#include "payload-builder/units/raw_tokens.h"
#include "payload-builder/units/token_hash.h"

#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendActions.h>
#include <clang/Lex/PPCallbacks.h>
#include <clang/Lex/Preprocessor.h>
#include <llvm/ADT/SmallString.h>

namespace suture::builder {
namespace {

/// The preprocessor alone knows none of the parser's pragmas and passes over them; their text goes
/// in.
class PragmaHasher final : public clang::PPCallbacks {
public:
  PragmaHasher(TokenHash &hash, const clang::Preprocessor &preprocessor)
      : hash_(hash), preprocessor_(preprocessor) {}

  void PragmaDirective(clang::SourceLocation, clang::PragmaIntroducerKind) override {
    hash_.add(clang::tok::annot_pragma_unused, pragmaText(preprocessor_));
  }

private:
  TokenHash &hash_;
  const clang::Preprocessor &preprocessor_;
};

class HashAction final : public clang::PreprocessorFrontendAction {
public:
  HashAction(const UnitState &unit, TokenHash &hash) : unit_(unit), hash_(hash) {}

protected:
  void ExecuteAction() override {
    clang::Preprocessor &preprocessor = getCompilerInstance().getPreprocessor();
    preprocessor.addPPCallbacks(std::make_unique<PragmaHasher>(hash_, preprocessor));
    watchForeignCode(preprocessor, unit_, [this](const ForeignCode &code) {
      hash_.add(clang::tok::unknown, std::to_string(code.hash.value()));
    });
    preprocessor.EnterMainSourceFile();
    clang::Token token;
    llvm::SmallString<64> storage;
    for (preprocessor.Lex(token); token.isNot(clang::tok::eof); preprocessor.Lex(token)) {
      if (token.isAnnotation())
        continue;
      storage.clear();
      hash_.add(token.getKind(), preprocessor.getSpelling(token, storage));
    }
  }

private:
  const UnitState &unit_;
  TokenHash &hash_;
};

} // namespace

llvm::Expected<uint64_t> preprocessedTokens(const UnitState &unit) {
  TokenHash hash;
  if (auto failed = runFrontEnd(unit, std::make_unique<HashAction>(unit, hash)))
    return failed;
  return hash.value();
}

uint64_t rawTokens(std::string_view text) {
  TokenHash hash;
  bool inDirective = false;
  // A directive ends with its line.
  const auto endDirective = [&] {
    if (inDirective)
      hash.add(clang::tok::eod, "");
  };
  forEachRawToken(text, [&](const clang::Token &token, std::string_view spelling) {
    if (token.isAtStartOfLine()) {
      endDirective();
      inDirective = token.is(clang::tok::hash);
    }
    const bool spaced = token.isAtStartOfLine() || token.hasLeadingSpace();
    hash.add(token.getKind() * 2u + spaced, spelling);
  });
  endDirective();
  return hash.value();
}

} // namespace suture::builder
