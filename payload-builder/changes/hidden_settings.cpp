// SPDX-License-Identifier: Apache-2.0
// `#pragma GCC optimize`, `#pragma GCC unroll`, `__attribute__((noipa))`: gcc makes other code of
// the same functions, and Clang, which knows none of them, has nothing of it in its AST. (A warning
// at most, which has no arguments.) So the preprocessor is watched: pragmas as it meets them,
// attributes as tokens, after macros were replaced. So are lines that Clang skips because it is
// Clang. What each of them means for which function is the compiler's business: where two states of
// a unit differ in them, every function may.
#include "payload-builder/changes/hidden_settings.h"

#include "payload-builder/units/foreign_code.h"
#include "payload-builder/units/pragma_text.h"

#include <algorithm>
#include <clang/Basic/Attributes.h>
#include <clang/Basic/IdentifierTable.h>
#include <clang/Lex/PPCallbacks.h>
#include <clang/Lex/Preprocessor.h>
#include <memory>
#include <utility>

namespace suture::builder {
namespace {

/// Pragmas that change no code, and those of which Clang's AST has the effect.
constexpr llvm::StringLiteral otherPragmas[] = {"once",
                                                "mark",
                                                "region",
                                                "endregion",
                                                "message",
                                                "GCC diagnostic",
                                                "GCC warning",
                                                "GCC error",
                                                "GCC poison",
                                                "GCC dependency",
                                                "GCC visibility",
                                                "GCC system_header",
                                                "clang diagnostic",
                                                "pack",
                                                "weak",
                                                "redefine_extname",
                                                "push_macro",
                                                "pop_macro"};

class PragmaReader final : public clang::PPCallbacks {
public:
  PragmaReader(const clang::Preprocessor &preprocessor, std::string root,
               std::vector<Setting> &settings)
      : preprocessor_(preprocessor), root_(std::move(root)), settings_(settings) {}

  void PragmaDirective(clang::SourceLocation place, clang::PragmaIntroducerKind) override {
    const std::string text = pragmaText(preprocessor_);
    if (std::ranges::none_of(otherPragmas, [&](llvm::StringRef start) {
          llvm::StringRef rest = text;
          return rest.consume_front(start) && (rest.empty() || !llvm::isAlnum(rest.front()));
        }))
      settings_.push_back(
          {"#pragma " + text, locationOf(preprocessor_.getSourceManager(), place, root_)});
  }

private:
  const clang::Preprocessor &preprocessor_;
  const std::string root_;
  std::vector<Setting> &settings_;
};

/// Reads `__attribute__((name, name(arguments)))` and `[[gnu::name(arguments)]]` token by token.
class AttributeReader final {
public:
  AttributeReader(clang::Preprocessor &preprocessor, std::string root,
                  std::vector<Setting> &settings)
      : preprocessor_(preprocessor), root_(std::move(root)), settings_(settings) {}

  void read(const clang::Token &token) {
    if (token.isAnnotation())
      return;
    if (depth_ != 0)
      return readInside(token);
    if (awaitsParenthesis_ && token.is(clang::tok::l_paren))
      depth_ = 1;
    // Of the other form the attribute alone is read, from its scope to what follows it.
    else if (afterGnu_ && token.is(clang::tok::coloncolon))
      depth_ = outerDepth;
    afterGnu_ = token.is(clang::tok::identifier) && token.getIdentifierInfo()->isStr("gnu");
    isScoped_ = depth_ == outerDepth;
    awaitsParenthesis_ = token.is(clang::tok::kw___attribute);
  }

private:
  /// Parentheses around a list of attributes.
  static constexpr unsigned outerDepth = 2;

  void readInside(const clang::Token &token) {
    const bool isOpening = token.is(clang::tok::l_paren), isClosing = token.is(clang::tok::r_paren);
    if (depth_ == outerDepth &&
        (isClosing || token.isOneOf(clang::tok::comma, clang::tok::r_square, clang::tok::semi))) {
      finish();
      depth_ = isScoped_ ? 0 : isClosing ? depth_ - 1 : depth_;
      return;
    }
    if (depth_ >= outerDepth) {
      if (text_.empty()) {
        name_ = token.getIdentifierInfo();
        place_ = token.getLocation();
      }
      text_ += preprocessor_.getSpelling(token);
    }
    depth_ = isOpening ? depth_ + 1 : isClosing ? depth_ - 1 : depth_;
  }

  void finish() {
    const clang::IdentifierInfo *scope =
        isScoped_ ? preprocessor_.getIdentifierInfo("gnu") : nullptr;
    const auto syntax =
        isScoped_ ? clang::AttributeCommonInfo::AS_CXX11 : clang::AttributeCommonInfo::AS_GNU;
    if (name_ && !clang::hasAttribute(syntax, scope, name_, preprocessor_.getTargetInfo(),
                                      preprocessor_.getLangOpts()))
      settings_.push_back(
          {"attribute " + text_, locationOf(preprocessor_.getSourceManager(), place_, root_)});
    text_.clear();
    name_ = nullptr;
  }

  clang::Preprocessor &preprocessor_;
  const std::string root_;
  std::vector<Setting> &settings_;
  bool awaitsParenthesis_ = false, isScoped_ = false;
  bool afterGnu_ = false;
  unsigned depth_ = 0;
  std::string text_;
  const clang::IdentifierInfo *name_ = nullptr;
  clang::SourceLocation place_;
};

} // namespace

void watchSettings(clang::Preprocessor &preprocessor, const UnitState &unit,
                   std::vector<Setting> &settings, llvm::StringSet<> &foreignNames) {
  const std::string &root = unit.tree.root;
  preprocessor.addPPCallbacks(std::make_unique<PragmaReader>(preprocessor, root, settings));
  preprocessor.setTokenWatcher(
      [reader = std::make_shared<AttributeReader>(preprocessor, root, settings)](
          const clang::Token &token) { reader->read(token); });
  watchForeignCode(preprocessor, unit, [&](const ForeignCode &code) {
    settings.push_back({"lines that the target's compiler may read, and Clang does not",
                        locationOf(preprocessor.getSourceManager(), code.place, root),
                        code.hash.value()});
    for (const auto &name : code.names)
      foreignNames.insert(name.getKey());
  });
}

} // namespace suture::builder
