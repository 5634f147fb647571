// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/unused_functions.h"

// A unit of a hypervisor sees six hundred functions in its headers and uses a few dozen. A function
// or macro is of use if its name stands in the unit's own file or in one that the diff changes, in
// a header outside of functions and macros, or in the body of one that is of use. No #if is looked
// at: a word counts wherever it stands.

#include "payload-builder/units/macro_tokens.h"

#include <algorithm>
#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/xxhash.h>
#include <optional>
#include <span>
#include <utility>

namespace suture::builder {
namespace {

/// One of those that two words share makes a use where there is none, no more. The highest values
/// are the set's own.
uint64_t hashOf(llvm::StringRef word) { return llvm::xxh3_64bits(word) >> 1; }

std::string absolute(const CompileCommand &command, llvm::StringRef file) {
  llvm::SmallString<256> path(file);
  llvm::sys::fs::make_absolute(command.directory, path);
  return path.str().str();
}

void sortOut(std::vector<uint64_t> &words) {
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  words.shrink_to_fit();
}

} // namespace

struct UnusedFunctions::Definition {
  /// A macro's name; of a function, what may be its name: each word before a parenthesis.
  llvm::SmallVector<uint64_t, 1> names;
  /// Of its body.
  std::vector<uint64_t> words;
};

struct UnusedFunctions::FileWords {
  std::vector<Definition> definitions;
  /// All words that are in none of their bodies.
  std::vector<uint64_t> outside;

  explicit FileWords(std::string_view text);

private:
  class Reader;
};

/// Takes a text apart by its braces.
class UnusedFunctions::FileWords::Reader final {
public:
  Reader(FileWords &found, const MacroReader &words) : found_(found), words_(words) {}

  void take(const Macro &macro) {
    Definition &definition = found_.definitions.emplace_back();
    definition.names = {hashOf(macro.name)};
    for (const MacroToken &token : macro.body)
      if (token.kind == TokenKind::Word)
        definition.words.push_back(hashOf(token.word));
    sortOut(definition.words);
  }

  void take(const MacroToken &token) {
    const uint64_t word = token.kind == TokenKind::Word ? hashOf(token.word) : 0;
    const uint64_t before = std::exchange(last_, word);
    switch (token.kind) {
    case TokenKind::Word:
      (body_ ? body_->words : depth_ > 0 ? found_.outside : declared_).push_back(word);
      return;
    case TokenKind::OpenBrace:
      if (depth_++ == 0)
        begin();
      return;
    case TokenKind::CloseBrace:
      isBalanced_ &= --depth_ >= 0;
      break;
    case TokenKind::Open:
      if (parentheses_++ == 0 && depth_ == 0 && before != 0)
        names_.push_back(before);
      return;
    case TokenKind::Close:
      --parentheses_;
      return;
    case TokenKind::Equal:
      isFunction_ &= depth_ > 0;
      return;
    case TokenKind::Semicolon:
    case TokenKind::Directive:
      break;
    default:
      return;
    }
    if (depth_ == 0)
      end();
  }

  /// Returns whether the braces match.
  bool finish() {
    end();
    return isBalanced_ && depth_ == 0;
  }

private:
  uint64_t hashOf(Word word) const { return builder::hashOf(words_.spelling(word)); }

  void begin() {
    static const uint64_t Static = builder::hashOf("static");
    // Any other is parsed in any case.
    if (!isFunction_ || names_.empty() || !llvm::is_contained(declared_, Static))
      return;
    // To be defined is no use.
    std::erase_if(declared_, [&](uint64_t word) { return llvm::is_contained(names_, word); });
    body_.emplace();
    body_->names = std::move(names_);
  }

  void end() {
    if (body_) {
      sortOut(body_->words);
      found_.definitions.push_back(std::move(*body_));
      body_.reset();
    }
    found_.outside.insert(found_.outside.end(), declared_.begin(), declared_.end());
    declared_.clear();
    names_.clear();
    isFunction_ = true;
    parentheses_ = 0;
  }

  FileWords &found_;
  const MacroReader &words_;
  /// Of the declaration that is read: words before its braces, and what may be its name.
  std::vector<uint64_t> declared_;
  llvm::SmallVector<uint64_t, 1> names_;
  std::optional<Definition> body_;
  /// The token before, if it is a word.
  uint64_t last_ = 0;
  /// How many braces and parentheses are open.
  int depth_ = 0, parentheses_ = 0;
  bool isFunction_ = true, isBalanced_ = true;
};

UnusedFunctions::FileWords::FileWords(std::string_view text) {
  MacroReader words;
  const FileTokens tokens = words.read(text);
  Reader reader(*this, words);
  for (const Macro &macro : tokens.macros)
    reader.take(macro);
  for (const MacroToken &token : tokens.tokens)
    reader.take(token);
  // Both branches of an #if may open a block that is closed once.
  if (!reader.finish()) {
    for (const Definition &definition : definitions)
      outside.insert(outside.end(), definition.words.begin(), definition.words.end());
    definitions.clear();
  }
  sortOut(outside);
}

bool FunctionNames::contains(llvm::StringRef name) const { return hashes_.contains(hashOf(name)); }

std::shared_ptr<const UnusedFunctions::FileWords>
UnusedFunctions::wordsIn(TreeFileSystem &files, const std::string &path, TreeState state) {
  const std::pair<std::string, int> key(path,
                                        files.changedPath(path) ? static_cast<int>(state) : -1);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto found = files_.find(key); found != files_.end())
      return found->second;
  }
  // What cannot be read has no words: a unit that needs it does not compile, and says so.
  const auto text = files.getBufferForFile(path);
  auto words = std::make_shared<const FileWords>(text ? (*text)->getBuffer() : llvm::StringRef());
  const std::lock_guard<std::mutex> lock(mutex_);
  return files_.try_emplace(key, std::move(words)).first->second;
}

FunctionNames UnusedFunctions::in(const UnitState &unit) {
  FunctionNames unused;
  if (!unit.command.inputs || unit.language != Language::C)
    return unused;
  TreeFileSystem files(unit.tree, unit.state, unit.command.directory);
  std::vector<std::shared_ptr<const FileWords>> all;
  llvm::DenseMap<uint64_t, llvm::SmallVector<const Definition *, 1>> definitions;
  std::vector<const Definition *> parsed;
  for (const std::string &input : *unit.command.inputs) {
    const std::string path = absolute(unit.command, input);
    all.push_back(wordsIn(files, path, unit.state));
    // The unit's own file may have several names.
    const bool isParsedWhole = !path.ends_with(".h") || files.changedPath(path);
    for (const Definition &definition : all.back()->definitions) {
      for (const uint64_t name : definition.names)
        definitions[name].push_back(&definition);
      if (isParsedWhole)
        parsed.push_back(&definition);
    }
  }
  llvm::DenseSet<uint64_t> used;
  std::vector<uint64_t> work;
  const auto use = [&](std::span<const uint64_t> words) {
    for (const uint64_t word : words)
      if (definitions.contains(word) && used.insert(word).second)
        work.push_back(word);
  };
  for (const auto &words : all)
    use(words->outside);
  for (const Definition *definition : parsed) {
    use(definition->names);
    use(definition->words);
  }
  while (!work.empty()) {
    const uint64_t name = work.back();
    work.pop_back();
    for (const Definition *definition : definitions.find(name)->second)
      use(definition->words);
  }
  for (const auto &[name, bodies] : definitions)
    if (!used.contains(name))
      unused.hashes_.insert(name);
  return unused;
}

} // namespace suture::builder
