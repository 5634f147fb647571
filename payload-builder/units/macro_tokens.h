// SPDX-License-Identifier: Apache-2.0
#pragma once
// A file's macros and the tokens outside of them, nothing expanded.

#include <cstddef>
#include <cstdint>
#include <llvm/ADT/StringMap.h>
#include <llvm/ADT/StringRef.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace suture::builder {

/// A word by its number.
using Word = uint32_t;

enum class TokenKind : uint8_t {
  /// An identifier or a number.
  Word,
  /// `##`
  Join,
  /// `#`
  MakeString,
  Open,
  Close,
  Comma,
  OpenBrace,
  CloseBrace,
  Semicolon,
  Equal,
  Other,
  /// A directive stood here.
  Directive,
};

struct MacroToken {
  TokenKind kind = TokenKind::Other;
  Word word = 0;
};

/// A definition.
struct Macro {
  Word name = 0;
  /// Of the last one, `...` is no part; alone it is `__VA_ARGS__`.
  std::vector<Word> parameters;
  std::vector<MacroToken> body;

  std::optional<size_t> parameter(Word word) const;
  /// It opens as many parentheses as it closes.
  bool isBalanced() const;
};

struct FileTokens {
  /// All, whatever #if or #undef they are under.
  std::vector<Macro> macros;
  /// What is outside of directives or is expanded there: the conditions of #if, with a directive
  /// before and after.
  std::vector<MacroToken> tokens;
  /// Words with which strings begin or end, wherever these stand.
  std::vector<Word> edges;
  /// A string defines a macro of the assembler, or repeats something for each of several words; one
  /// has a backslash in it, as arguments have there.
  bool definesForAssembler = false, hasBackslash = false;
};

/// A macro that stands for a number which stands nowhere, as that of a line.
inline bool isNumberMacro(std::string_view name) {
  return name == "__LINE__" || name == "__COUNTER__" || name == "__INCLUDE_LEVEL__";
}

/// Numbers words as it reads them.
class MacroReader final {
public:
  FileTokens read(std::string_view text);
  Word wordOf(llvm::StringRef spelling);
  /// nullopt: it was not read.
  std::optional<Word> find(llvm::StringRef spelling) const;
  const std::string &spelling(Word word) const { return spellings_[word]; }
  /// How many words there are.
  size_t words() const { return spellings_.size(); }

private:
  std::optional<Macro> define(std::span<const MacroToken> line, bool hasParameters);
  void readString(llvm::StringRef spelling, FileTokens &result);

  llvm::StringMap<Word> words_;
  std::vector<std::string> spellings_;
};

/// Whether what ends with a token is called.
inline bool isCalled(std::span<const MacroToken> tokens, size_t at) {
  return at + 1 < tokens.size() && tokens[at + 1].kind == TokenKind::Open;
}

/// Whether a token is a `##` that makes a word; after a comma, it only takes that away.
inline bool joinsNeighbours(std::span<const MacroToken> tokens, size_t at) {
  const auto makesWords = [&](size_t i) {
    return tokens[i].kind == TokenKind::Word || tokens[i].kind == TokenKind::Join;
  };
  return tokens[at].kind == TokenKind::Join && at > 0 && at + 1 < tokens.size() &&
         makesWords(at - 1) && makesWords(at + 1);
}

/// Where the parenthesis opens that a token closes; 0: nowhere, or with the first token.
size_t openingOf(std::span<const MacroToken> tokens, size_t close);

/// Calls argument(index, tokens) for each argument of a call. Returns where the call closes; 0: it
/// does not, or a directive stands in it.
/// \param open  where it opens.
template <typename Callback>
size_t forEachArgument(std::span<const MacroToken> tokens, size_t open, Callback &&argument) {
  size_t depth = 0, index = 0, start = open + 1;
  for (size_t i = open; i < tokens.size() && tokens[i].kind != TokenKind::Directive; ++i) {
    const TokenKind kind = tokens[i].kind;
    depth += kind == TokenKind::Open ? 1 : 0;
    depth -= kind == TokenKind::Close ? 1 : 0;
    if (depth == 0 || (depth == 1 && kind == TokenKind::Comma)) {
      argument(index++, tokens.subspan(start, i - start));
      start = i + 1;
    }
    if (depth == 0)
      return i;
  }
  return 0;
}

} // namespace suture::builder
