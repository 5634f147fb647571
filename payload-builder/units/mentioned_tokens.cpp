// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/mentioned_tokens.h"

// Outside of the changed declarations the text of both states is the same, so that one state shows
// what is mentioned. Only where macros changed too may an #if choose another text; then both are
// preprocessed, and their tokens outside of the changed declarations compared.

#include <algorithm>
#include <array>
#include <clang/Basic/SourceManager.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendActions.h>
#include <clang/Lex/Preprocessor.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringSet.h>
#include <llvm/Support/xxhash.h>

namespace suture::builder {
namespace {

using Changes = std::map<std::string, ChangedNames>;
using Lines = std::vector<std::pair<unsigned, unsigned>>;

struct Found {
  bool mentions = false;
  /// Of the tokens outside of changed declarations.
  uint64_t tokens = 0;
};

class MentionReader final {
public:
  MentionReader(clang::Preprocessor &preprocessor, const UnitState &unit, const Changes &changes,
                bool hash)
      : preprocessor_(preprocessor), sources_(preprocessor.getSourceManager()), unit_(unit),
        changes_(changes), hash_(hash) {
    for (const auto &[header, change] : changes)
      for (const std::string &name : change.names) {
        names_.insert(name);
        identifiers_.insert(preprocessor.getIdentifierInfo(name));
      }
  }

  Found read() {
    preprocessor_.EnterMainSourceFile();
    clang::Token token;
    for (preprocessor_.Lex(token); token.isNot(clang::tok::eof); preprocessor_.Lex(token)) {
      readToken(token);
      if (found_.mentions)
        break;
    }
    endStrings();
    return found_;
  }

private:
  void readToken(const clang::Token &token) {
    if (token.isAnnotation())
      return;
    const bool isString = clang::tok::isStringLiteral(token.getKind());
    if (!isString)
      endStrings();
    const clang::IdentifierInfo *identifier = token.getIdentifierInfo();
    const bool isName = identifier && identifiers_.contains(identifier);
    if (!isName && !isString && !hash_)
      return;
    if (isInChangedDeclaration(token.getLocation()))
      return;
    found_.mentions |= isName;
    if (!isString && !hash_)
      return;
    storage_.clear();
    llvm::StringRef spelling = preprocessor_.getSpelling(token, storage_);
    if (isString)
      strings_ += spelling.drop_while([](char c) { return c != '"'; }).trim('"');
    if (hash_)
      found_.tokens = (found_.tokens ^ llvm::xxh3_64bits(spelling)) * 0x9E3779B97F4A7C15u + 1;
  }

  /// Adjacent strings are one; assembly names functions there.
  void endStrings() {
    auto isWord = [](char c) { return llvm::isAlnum(c) || c == '_'; };
    for (llvm::StringRef rest = strings_; !rest.empty() && !found_.mentions;) {
      rest = rest.drop_until(isWord);
      llvm::StringRef word = rest.take_while(isWord);
      found_.mentions |= names_.contains(word);
      rest = rest.drop_front(word.size());
    }
    strings_.clear();
  }

  /// By where it stands, or where the macro that it comes from is used.
  bool isInChangedDeclaration(clang::SourceLocation place) {
    auto [file, offset] = sources_.getDecomposedExpansionLoc(place);
    auto [entry, isNew] = linesOf_.try_emplace(file.getHashValue(), nullptr);
    if (isNew)
      if (auto change = changes_.find(locationOf(sources_, place, unit_.tree.root).file);
          change != changes_.end())
        entry->second = unit_.state == TreeState::Base ? &change->second.baseLines
                                                       : &change->second.patchedLines;
    if (!entry->second)
      return false;
    const unsigned line = sources_.getLineNumber(file, offset);
    return std::ranges::any_of(
        *entry->second, [&](auto range) { return range.first <= line && line <= range.second; });
  }

  clang::Preprocessor &preprocessor_;
  const clang::SourceManager &sources_;
  const UnitState &unit_;
  const Changes &changes_;
  const bool hash_;
  llvm::SmallPtrSet<const clang::IdentifierInfo *, 8> identifiers_;
  llvm::StringSet<> names_;
  std::map<unsigned, const Lines *> linesOf_;
  std::string strings_;
  llvm::SmallString<64> storage_;
  Found found_;
};

class MentionAction final : public clang::PreprocessorFrontendAction {
public:
  MentionAction(const UnitState &unit, const Changes &changes, bool hash, Found &found)
      : unit_(unit), changes_(changes), hash_(hash), found_(found) {}

protected:
  void ExecuteAction() override {
    found_ = MentionReader(getCompilerInstance().getPreprocessor(), unit_, changes_, hash_).read();
  }

private:
  const UnitState &unit_;
  const Changes &changes_;
  const bool hash_;
  Found &found_;
};

} // namespace

llvm::Expected<bool> mentionsWhenPreprocessed(const SourceTree &tree, const Unit &unit,
                                              const Changes &changes) {
  const bool hash =
      std::ranges::any_of(changes, [](const auto &entry) { return entry.second.hasMacros; });
  std::array<Found, 2> found;
  for (size_t i = 0; i < (hash ? 2 : 1); ++i) {
    const UnitState state{tree, unit.command, unit.language,
                          i == 0 ? TreeState::Patched : TreeState::Base};
    if (auto failed =
            runFrontEnd(state, std::make_unique<MentionAction>(state, changes, hash, found[i])))
      return failed;
    if (found[i].mentions)
      return true;
  }
  return hash && found[0].tokens != found[1].tokens;
}

} // namespace suture::builder
