// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/mentioned_tokens.h"

// Outside of the changed declarations the text of both states is the same. So the unit is
// preprocessed once, in a state that has none of these declarations: there a name can only come
// into being when `##` makes it. If it never does, no changed macro is ever asked for, neither to
// be expanded nor by an #if, and both states' tokens are those of this one. The preprocessor's own
// table of identifiers tells; no token has to be looked at but strings, in which assembly names
// functions. Where the assembler itself may paste symbols, the answer is that it does.

#include "payload-builder/units/front_end.h"
#include "payload-builder/units/without_declarations.h"

#include <algorithm>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendActions.h>
#include <clang/Lex/Preprocessor.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringExtras.h>

namespace suture::builder {
namespace {

class MentionReader final {
public:
  MentionReader(clang::Preprocessor &preprocessor, const llvm::StringSet<> &names,
                bool hasAssemblerSymbols)
      : preprocessor_(preprocessor), names_(names), hasAssemblerSymbols_(hasAssemblerSymbols) {}

  bool read() {
    preprocessor_.EnterMainSourceFile();
    clang::Token token;
    for (preprocessor_.Lex(token); token.isNot(clang::tok::eof) && !found_;
         preprocessor_.Lex(token)) {
      if (!clang::tok::isStringLiteral(token.getKind())) {
        endStrings();
        continue;
      }
      storage_.clear();
      // A string may begin and end with a quote of its own: `"\""`.
      const llvm::StringRef spelling = preprocessor_.getSpelling(token, storage_);
      strings_ += spelling.slice(spelling.find('"') + 1, spelling.rfind('"'));
    }
    endStrings();
    const clang::IdentifierTable &identifiers = preprocessor_.getIdentifierTable();
    return found_ || llvm::any_of(names_.keys(), [&](llvm::StringRef name) {
             return identifiers.find(name) != identifiers.end();
           });
  }

private:
  /// Adjacent strings are one; assembly names functions there.
  void endStrings() {
    auto isWord = [](char c) { return llvm::isAlnum(c) || c == '_'; };
    // An argument of a macro of the assembler.
    found_ |= hasAssemblerSymbols_ && llvm::StringRef(strings_).contains("\\\\");
    for (llvm::StringRef rest = strings_; !rest.empty() && !found_;) {
      rest = rest.drop_until(isWord);
      llvm::StringRef word = rest.take_while(isWord);
      found_ |= names_.contains(word);
      rest = rest.drop_front(word.size());
    }
    strings_.clear();
  }

  clang::Preprocessor &preprocessor_;
  const llvm::StringSet<> &names_;
  const bool hasAssemblerSymbols_;
  std::string strings_;
  llvm::SmallString<64> storage_;
  bool found_ = false;
};

class MentionAction final : public clang::PreprocessorFrontendAction {
public:
  MentionAction(const llvm::StringSet<> &names, bool hasAssemblerSymbols, bool &found)
      : names_(names), hasAssemblerSymbols_(hasAssemblerSymbols), found_(found) {}

protected:
  void ExecuteAction() override {
    found_ =
        MentionReader(getCompilerInstance().getPreprocessor(), names_, hasAssemblerSymbols_).read();
  }

private:
  const llvm::StringSet<> &names_;
  const bool hasAssemblerSymbols_;
  bool &found_;
};

} // namespace

MentionedTokens::MentionedTokens(const SourceTree &tree,
                                 const std::map<std::string, ChangedNames> &changes)
    : tree_(withoutDeclarations(tree, changes)) {
  for (const auto &[header, change] : changes) {
    for (const std::string &name : change.names)
      names_.insert(name);
    hasAssemblerSymbols_ |= !change.assemblerSymbols.empty();
  }
}

llvm::Expected<bool> MentionedTokens::mentions(const Unit &unit) const {
  const UnitState state{tree_, unit.command, unit.language, TreeState::Patched};
  bool found = false;
  if (auto failed =
          runFrontEnd(state, std::make_unique<MentionAction>(names_, hasAssemblerSymbols_, found)))
    return failed;
  return found;
}

} // namespace suture::builder
