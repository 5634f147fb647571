// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/joined_words.h"

// `##` makes words of those next to it in a macro's body:
//
//   #define HAS(name) FEATURE_ ## name
//   #define HAS_SM(x) HAS(sm ## x)
//   if (HAS_SM(ep))                     sm, ep, FEATURE_, and what HAS is given anywhere else
//
// So there are three steps. Parameters that get next to a `##`: in their own macro, or because they
// are in such an argument of another macro, until no more are found. Then, wherever such a macro is
// used, the words of these arguments; and where one of those is a macro, the words of its body.
//
// All definitions of a name count wherever it is used, whatever #if or #undef they are under: too
// many words are found rather than too few. Text that this does not follow (a directive amid
// arguments, parentheses that a macro opens) makes every word of the file one of them; a macro that
// is passed without its arguments, every word of the call.
//
// Adjacent strings join as well, but to name a thing of C in a string takes `alias` and its like
// only; the assembler's own names are for who asks.

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/command_macros.h"
#include "payload-builder/units/macro_tokens.h"
#include "payload-builder/units/predefined_macros.h"

#include <algorithm>
#include <cstdint>
#include <llvm/ADT/DenseSet.h>
#include <optional>
#include <utility>
#include <vector>

namespace suture::builder {
namespace {

/// A bit for each parameter of a macro; the last one stands for all that follow.
using Parameters = uint64_t;
constexpr Parameters allParameters = ~uint64_t{0};
constexpr Parameters parameterBit(size_t index) {
  return uint64_t{1} << std::min<size_t>(index, 63);
}

class Joiner final {
public:
  Joiner();
  /// One state of a file.
  void read(size_t file, std::string_view text);
  /// Nothing is known of a compiler: any word may be one of its macros.
  void giveUp() { mayBeAny_ = true; }
  std::vector<WordsToJoin> find(size_t fileCount,
                                const std::function<bool(const std::string &)> &isWanted);

private:
  struct File {
    bool mayBeAny = false, hasNumbers = false;
    llvm::DenseSet<Word> words;
  };
  struct FileMacro {
    size_t file;
    Macro macro;
  };

  bool joinsName(std::span<const MacroToken> tokens, size_t at) const;
  void joinNeighbours(const FileMacro &definition);
  bool passOn(const Macro &macro);
  bool isReached(const Macro &macro, const MacroToken &token) const;
  bool isReached(Word called, size_t argument) const;
  void addWithBody(File &file, Word word);
  void addUses(File &file, const Macro &macro);
  void addUses(File &file, std::span<const MacroToken> text);
  void addUse(File &file, std::span<const MacroToken> text, size_t at,
              std::optional<size_t> outermostCall);
  size_t lastParameter(Word macro) const;

  MacroReader reader_;
  std::vector<FileMacro> macros_;
  /// By file and state.
  std::vector<std::pair<size_t, std::vector<MacroToken>>> texts_;
  /// By word.
  std::vector<std::vector<const Macro *>> macrosOf_;
  /// By word: the parameters that get next to a `##`.
  std::vector<Parameters> joined_;
  std::vector<File> files_;
  /// Words of bodies that stand next to a `##`, and the file that they are in.
  std::vector<std::pair<size_t, Word>> literals_;
  Word lastInStrings_ = 0;
  /// Something that is not followed here concerns every file.
  bool mayBeAny_ = false;
};

Joiner::Joiner() {
  // The first words.
  for (const llvm::StringRef name : {"alias", "__alias__", "ifunc", "__ifunc__", "weakref"})
    lastInStrings_ = reader_.wordOf(name);
}

void Joiner::read(size_t file, std::string_view text) {
  // Read in other ways than here by some compilers, and by few.
  mayBeAny_ |= text.contains("\?\?=") || text.contains("__VA_OPT__");
  FileTokens read = reader_.read(text);
  for (Macro &macro : read.macros) {
    for (size_t i = 0; i < macro.body.size(); ++i)
      mayBeAny_ |= joinsName(macro.body, i);
    macros_.push_back({file, std::move(macro)});
  }
  texts_.emplace_back(file, std::move(read.tokens));
}

/// Whether an attribute takes a name that is not one string.
bool Joiner::joinsName(std::span<const MacroToken> tokens, size_t at) const {
  const auto is = [&](size_t i, TokenKind kind) {
    return i < tokens.size() && tokens[i].kind == kind;
  };
  return is(at, TokenKind::Word) && tokens[at].word <= lastInStrings_ &&
         is(at + 1, TokenKind::Open) &&
         !(is(at + 2, TokenKind::Other) && is(at + 3, TokenKind::Close));
}

void Joiner::joinNeighbours(const FileMacro &definition) {
  const Macro &macro = definition.macro;
  const std::vector<MacroToken> &body = macro.body;
  const auto makesWords = [&](size_t i) {
    return i < body.size() && (body[i].kind == TokenKind::Word || body[i].kind == TokenKind::Join);
  };
  for (size_t i = 1; i + 1 < body.size(); ++i) {
    // After a comma, `##` only takes that away.
    if (body[i].kind != TokenKind::Join || !makesWords(i - 1) || !makesWords(i + 1))
      continue;
    for (const size_t side : {i - 1, i + 1}) {
      if (body[side].kind != TokenKind::Word)
        continue;
      if (const auto parameter = macro.parameter(body[side].word))
        joined_[macro.name] |= parameterBit(*parameter);
      else
        literals_.emplace_back(definition.file, body[side].word);
    }
  }
}

/// Whether a body names a macro of which something gets next to a `##`.
bool Joiner::isReached(const Macro &macro, const MacroToken &token) const {
  return token.kind == TokenKind::Word && !macro.parameter(token.word) && joined_[token.word] != 0;
}

/// Whether an argument in a macro's body may get next to a `##`: as one of those after it, too,
/// since a parameter may stand for several.
bool Joiner::isReached(Word called, size_t argument) const {
  const size_t first = std::min(argument, lastParameter(called));
  return (joined_[called] & ~(parameterBit(first) - 1)) != 0;
}

bool Joiner::passOn(const Macro &macro) {
  Parameters found = 0;
  for (size_t i = 0; i < macro.body.size(); ++i) {
    if (!isReached(macro, macro.body[i]))
      continue;
    if (i + 1 == macro.body.size() || macro.body[i + 1].kind != TokenKind::Open) {
      found = allParameters;
      continue;
    }
    const size_t end =
        forEachArgument(macro.body, i + 1, [&](size_t index, std::span<const MacroToken> argument) {
          if (!isReached(macro.body[i].word, index))
            return;
          for (const MacroToken &token : argument)
            if (token.kind == TokenKind::Word)
              if (const auto parameter = macro.parameter(token.word))
                found |= parameterBit(*parameter);
        });
    mayBeAny_ |= end == 0;
  }
  const bool isNew = (found & ~joined_[macro.name]) != 0;
  joined_[macro.name] |= found;
  return isNew;
}

/// The word, and if it is a macro, those of its body, and so on.
void Joiner::addWithBody(File &file, Word word) {
  std::vector<Word> work = {word};
  while (!work.empty()) {
    const Word next = work.back();
    work.pop_back();
    if (!file.words.insert(next).second)
      continue;
    const llvm::StringRef spelling = reader_.spelling(next);
    file.hasNumbers |=
        spelling == "__LINE__" || spelling == "__COUNTER__" || spelling == "__INCLUDE_LEVEL__";
    for (const Macro *macro : macrosOf_[next]) {
      file.mayBeAny |= !macro->isBalanced();
      for (const MacroToken &token : macro->body)
        if (token.kind == TokenKind::Word && !macro->parameter(token.word))
          work.push_back(token.word);
    }
  }
}

void Joiner::addUses(File &file, const Macro &macro) {
  const auto add = [&](std::span<const MacroToken> tokens) {
    for (const MacroToken &token : tokens)
      if (token.kind == TokenKind::Word && !macro.parameter(token.word))
        addWithBody(file, token.word);
  };
  for (size_t i = 0; i < macro.body.size(); ++i) {
    if (!isReached(macro, macro.body[i]))
      continue;
    if (i + 1 < macro.body.size() && macro.body[i + 1].kind == TokenKind::Open)
      forEachArgument(macro.body, i + 1, [&](size_t index, std::span<const MacroToken> argument) {
        if (isReached(macro.body[i].word, index))
          add(argument);
      });
    else
      add(macro.body);
  }
}

size_t Joiner::lastParameter(Word macro) const {
  size_t last = 0;
  for (const Macro *definition : macrosOf_[macro])
    last = std::max(last, std::max<size_t>(definition->parameters.size(), 1) - 1);
  return last;
}

/// \param outermostCall  where the outermost call opens, of what may be a macro, that the word
/// stands in.
void Joiner::addUse(File &file, std::span<const MacroToken> text, size_t at,
                    std::optional<size_t> outermostCall) {
  const auto add = [&](std::span<const MacroToken> tokens) {
    for (const MacroToken &token : tokens)
      if (token.kind == TokenKind::Word)
        addWithBody(file, token.word);
  };
  const Word name = text[at].word;
  size_t end = 1;
  if (at + 1 < text.size() && text[at + 1].kind == TokenKind::Open) {
    end = forEachArgument(text, at + 1, [&](size_t index, std::span<const MacroToken> argument) {
      if ((joined_[name] & parameterBit(std::min(index, lastParameter(name)))) != 0)
        add(argument);
    });
  } else if (outermostCall) {
    // Passed to a macro, which may call it.
    end = forEachArgument(text, *outermostCall,
                          [&](size_t, std::span<const MacroToken> argument) { add(argument); });
    add(text.subspan(*outermostCall - 1, 1));
  }
  file.mayBeAny |= end == 0;
}

void Joiner::addUses(File &file, std::span<const MacroToken> text) {
  // Open parentheses: where, and whether a macro may stand before them.
  std::vector<std::pair<size_t, bool>> open;
  const auto outermostCall = [&]() -> std::optional<size_t> {
    const auto call = std::ranges::find(open, true, &std::pair<size_t, bool>::second);
    return call == open.end() ? std::nullopt : std::optional(call->first);
  };
  const auto mayBeMacro = [this](const MacroToken &token) {
    return token.kind == TokenKind::Close ||
           (token.kind == TokenKind::Word && !macrosOf_[token.word].empty());
  };
  for (size_t i = 0; i < text.size() && !file.mayBeAny; ++i) {
    const MacroToken &token = text[i];
    if (token.kind == TokenKind::Open) {
      open.emplace_back(i, i > 0 && mayBeMacro(text[i - 1]));
    } else if (token.kind == TokenKind::Close && !open.empty()) {
      open.pop_back();
    } else if (token.kind == TokenKind::Directive) {
      // Another branch may bring other arguments.
      file.mayBeAny |= outermostCall().has_value();
      open.clear();
    } else if (token.kind == TokenKind::Word) {
      file.mayBeAny |= joinsName(text, i);
      if (joined_[token.word] != 0)
        addUse(file, text, i, outermostCall());
    }
  }
  file.mayBeAny |= outermostCall().has_value();
}

std::vector<WordsToJoin> Joiner::find(size_t fileCount,
                                      const std::function<bool(const std::string &)> &isWanted) {
  files_.resize(fileCount);
  macrosOf_.resize(reader_.words());
  joined_.resize(reader_.words());
  for (const FileMacro &definition : macros_)
    macrosOf_[definition.macro.name].push_back(&definition.macro);
  for (const FileMacro &definition : macros_)
    joinNeighbours(definition);
  for (bool isNew = true; isNew;) {
    isNew = false;
    for (const auto &[file, macro] : macros_)
      isNew |= passOn(macro);
  }
  for (const auto &[file, macro] : macros_)
    addUses(files_[file], macro);
  for (const auto &[file, tokens] : texts_)
    addUses(files_[file], tokens);
  for (const auto &[file, word] : literals_)
    files_[file].words.insert(word);
  std::vector<char> wanted(reader_.words());
  for (Word word = 0; word < reader_.words(); ++word)
    wanted[word] = isWanted(reader_.spelling(word));
  std::vector<WordsToJoin> result(fileCount);
  for (size_t i = 0; i < fileCount; ++i) {
    result[i].mayBeAny = mayBeAny_ || files_[i].mayBeAny;
    result[i].hasNumbers = files_[i].hasNumbers;
    for (const Word word : files_[i].words)
      if (wanted[word])
        result[i].words.insert(reader_.spelling(word));
  }
  return result;
}

/// What the units' commands define, and their compilers by themselves, as directives; nullopt: a
/// compiler cannot be asked.
std::optional<std::string> definitionsOf(std::span<const UnitInputs> units) {
  std::set<const PredefinedMacros *> compilers;
  std::set<std::string> lines;
  for (const UnitInputs &inputs : units) {
    const CompileCommand &command = inputs.unit->command;
    const auto &predefined = predefinedMacros(command, inputs.unit->language);
    if (!predefined)
      return std::nullopt;
    compilers.insert(&*predefined);
    for (const llvm::StringRef macro : macrosOf(command)) {
      const auto [name, body] = macro.split('=');
      lines.insert(("#define " + name + " " + body + "\n").str());
    }
  }
  std::string text;
  for (const std::string &line : lines)
    text += line;
  for (const PredefinedMacros *macros : compilers)
    for (const auto &[name, value] : *macros)
      text += "#define " + name + " " + value + "\n";
  return text;
}

} // namespace

bool listsAllFiles(const CompileCommand &command) {
  // `-MMD` leaves out what is found in the system's folders.
  bool hasStandardFolders = true, hasOtherFolders = false;
  for (const llvm::StringRef argument : command.arguments) {
    hasStandardFolders &= argument != "-nostdinc";
    for (const llvm::StringRef option : {"-isystem", "-idirafter", "-iwith", "-isysroot", "@"})
      hasOtherFolders |= argument.starts_with(option);
  }
  return command.inputs && !hasStandardFolders && !hasOtherFolders;
}

JoinedWords joinedWords(const SourceTree &tree, std::span<const UnitInputs> units,
                        const std::function<bool(const std::string &word)> &isWanted) {
  JoinedWords result;
  for (const UnitInputs &inputs : units)
    for (const std::string &file : inputs.files)
      result.files.try_emplace(file);
  Joiner joiner;
  size_t index = 0;
  for (const auto &[file, words] : result.files) {
    if (const auto versions = tree.files.find(pathInTree(tree.root, file));
        versions != tree.files.end()) {
      for (const FileText *text : {&versions->second.base(), &versions->second.patched()})
        if (*text)
          joiner.read(index, **text);
    } else if (auto text = readFile(file)) {
      joiner.read(index, *text);
    } else {
      llvm::consumeError(text.takeError()); // A unit that needs it does not compile, and says so.
    }
    ++index;
  }
  if (const auto text = definitionsOf(units))
    joiner.read(index, *text);
  else
    joiner.giveUp();
  std::vector<WordsToJoin> found = joiner.find(index + 1, isWanted);
  result.commands = std::move(found.back());
  index = 0;
  for (auto &[file, words] : result.files)
    words = std::move(found[index++]);
  return result;
}

} // namespace suture::builder
