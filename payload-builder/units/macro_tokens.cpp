// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/macro_tokens.h"

#include "payload-builder/units/raw_tokens.h"

#include <algorithm>
#include <llvm/ADT/StringExtras.h>
#include <utility>

namespace suture::builder {
namespace {

/// Without the ends of continued lines.
std::string cleaned(llvm::StringRef spelling) {
  std::string text;
  for (size_t i = 0; i < spelling.size(); ++i) {
    if (spelling[i] == '\\') {
      const size_t end = spelling.find_first_not_of(" \t\r", i + 1);
      if (end != llvm::StringRef::npos && spelling[end] == '\n') {
        i = end;
        continue;
      }
    }
    text += spelling[i];
  }
  return text;
}

TokenKind kindOf(const clang::Token &token) {
  switch (token.getKind()) {
  case clang::tok::raw_identifier:
  case clang::tok::numeric_constant:
    return TokenKind::Word;
  case clang::tok::hashhash:
    return TokenKind::Join;
  case clang::tok::hash:
    return TokenKind::MakeString;
  case clang::tok::l_paren:
    return TokenKind::Open;
  case clang::tok::r_paren:
    return TokenKind::Close;
  case clang::tok::comma:
    return TokenKind::Comma;
  case clang::tok::l_brace:
    return TokenKind::OpenBrace;
  case clang::tok::r_brace:
    return TokenKind::CloseBrace;
  case clang::tok::semi:
    return TokenKind::Semicolon;
  case clang::tok::equal:
    return TokenKind::Equal;
  default:
    return TokenKind::Other;
  }
}

} // namespace

std::optional<size_t> Macro::parameter(Word word) const {
  const auto found = std::ranges::find(parameters, word);
  return found == parameters.end() ? std::nullopt
                                   : std::optional(static_cast<size_t>(found - parameters.begin()));
}

bool Macro::isBalanced() const {
  return std::ranges::count(body, TokenKind::Open, &MacroToken::kind) ==
         std::ranges::count(body, TokenKind::Close, &MacroToken::kind);
}

size_t openingOf(std::span<const MacroToken> tokens, size_t close) {
  size_t level = 1;
  while (level > 0 && close > 0) {
    --close;
    level += tokens[close].kind == TokenKind::Close ? 1 : 0;
    level -= tokens[close].kind == TokenKind::Open ? 1 : 0;
  }
  return level == 0 ? close : 0;
}

Word MacroReader::wordOf(llvm::StringRef spelling) {
  const auto [entry, isNew] = words_.try_emplace(spelling, spellings_.size());
  if (isNew)
    spellings_.push_back(spelling.str());
  return entry->second;
}

std::optional<Word> MacroReader::find(llvm::StringRef spelling) const {
  const auto found = words_.find(spelling);
  return found == words_.end() ? std::nullopt : std::optional(found->second);
}

FileTokens MacroReader::read(std::string_view text) {
  FileTokens result;
  std::vector<MacroToken> &tokens = result.tokens, line;
  bool isDirective = false, hasParameters = false;
  const auto endDirective = [&] {
    if (!isDirective)
      return;
    isDirective = false;
    const llvm::StringRef kind = line.empty() || line[0].kind != TokenKind::Word
                                     ? llvm::StringRef()
                                     : llvm::StringRef(spellings_[line[0].word]);
    if (kind == "define")
      if (auto macro = define(std::span(line).subspan(1), hasParameters))
        result.macros.push_back(std::move(*macro));
    tokens.push_back({.kind = TokenKind::Directive});
    // Their macros are expanded.
    if (kind == "if" || kind == "elif" || kind == "pragma" || kind == "line") {
      tokens.insert(tokens.end(), line.begin() + 1, line.end());
      tokens.push_back({.kind = TokenKind::Directive});
    }
  };
  forEachRawToken(text, [&](const clang::Token &token, std::string_view spelling) {
    if (token.isAtStartOfLine()) {
      endDirective();
      if (token.is(clang::tok::hash)) {
        isDirective = true;
        hasParameters = false;
        line.clear();
        return;
      }
    }
    if (clang::tok::isStringLiteral(token.getKind()))
      readString(cleaned(spelling), result);
    MacroToken read{.kind = kindOf(token)};
    if (read.kind == TokenKind::Word)
      read.word = token.needsCleaning() ? wordOf(cleaned(spelling)) : wordOf(spelling);
    if (isDirective && line.size() == 2)
      hasParameters = read.kind == TokenKind::Open && !token.hasLeadingSpace();
    (isDirective ? line : tokens).push_back(read);
  });
  endDirective();
  return result;
}

void MacroReader::readString(llvm::StringRef spelling, FileTokens &result) {
  const auto isWord = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  const llvm::StringRef text = spelling.slice(spelling.find('"') + 1, spelling.rfind('"'));
  result.definesForAssembler |= text.contains(".macro") || text.contains(".irp");
  result.hasBackslash |= text.contains("\\\\");
  const llvm::StringRef first = text.take_while(isWord);
  llvm::StringRef last = text.substr(text.find_last_not_of("0123456789_abcdefghijklmnopqrstuvwxyz"
                                                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ") +
                                     1);
  // The letter of an escape is no part of the word.
  if (text.drop_back(last.size()).ends_with("\\"))
    last = last.drop_front();
  for (const llvm::StringRef word : {first, last})
    if (!word.empty())
      result.edges.push_back(wordOf(word));
}

/// \param line  what follows the word `define`.
std::optional<Macro> MacroReader::define(std::span<const MacroToken> line, bool hasParameters) {
  if (line.empty() || line[0].kind != TokenKind::Word)
    return std::nullopt;
  Macro macro;
  macro.name = line[0].word;
  size_t at = 1;
  if (hasParameters) {
    bool isNamed = false;
    for (++at; at < line.size() && line[at].kind != TokenKind::Close; ++at) {
      if (line[at].kind == TokenKind::Word) {
        macro.parameters.push_back(line[at].word);
        isNamed = true;
      } else if (line[at].kind == TokenKind::Comma) {
        isNamed = false;
      } else if (!isNamed) {
        macro.parameters.push_back(wordOf("__VA_ARGS__"));
        isNamed = true;
      }
    }
    ++at;
  }
  if (at < line.size())
    macro.body.assign(line.begin() + static_cast<ptrdiff_t>(at), line.end());
  return macro;
}

} // namespace suture::builder
