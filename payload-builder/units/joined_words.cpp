// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/joined_words.h"

// `##` makes words of those next to it in a macro's body:
//
//   #define HAS(name) FEATURE_ ## name
//   #define HAS_SM(x) HAS(sm ## x)
//   if (HAS_SM(ep))                     sm, ep, FEATURE_, and what HAS is given anywhere else
//
// So there are three steps. Parameters that get next to a `##` (joined_parameters.h). Then,
// wherever such a macro is used, the words of these arguments; and where one of those is a macro,
// the words of its body. Last, the same for macros whose own names are made with `##`
// (made_names.h).
//
// All definitions of a name count wherever it is used, whatever #if or #undef they are under: too
// many words are found rather than too few. Text that this does not follow (a directive amid
// arguments, parentheses that a macro opens) makes every word one of them; a macro that is passed
// without its arguments to one that calls it, every word of the call.
//
// Adjacent strings join as well: to name a thing of C in a string takes `alias` and its like only,
// but the assembler's own names are put together there (`".equ FEATURE_" #name`). `#` counts as
// `##` does then.

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/command_macros.h"
#include "payload-builder/units/joined_parameters.h"
#include "payload-builder/units/joined_row.h"
#include "payload-builder/units/macro_tokens.h"
#include "payload-builder/units/made_names.h"
#include "payload-builder/units/predefined_macros.h"

#include <algorithm>
#include <llvm/ADT/DenseSet.h>
#include <optional>
#include <utility>
#include <vector>

namespace suture::builder {
namespace {

class Joiner final {
public:
  explicit Joiner(bool withStrings);
  /// One state of a file.
  void read(size_t file, std::string_view text);
  /// Nothing is known of a compiler: any word may be one of its macros.
  void giveUp() { mayBeAny_ = true; }
  std::vector<WordsToJoin> find(size_t fileCount,
                                const std::function<bool(const std::string &)> &isWanted);
  /// After find(): those of the names that a `##` makes.
  std::set<std::string> madeOf(std::span<const std::string> names) const;

private:
  struct File {
    bool mayBeAny = false, hasNumbers = false;
    bool definesForAssembler = false, hasBackslash = false;
    llvm::DenseSet<Word> words;
  };
  struct FileMacro {
    size_t file;
    Macro macro;
  };

  bool joinsName(std::span<const MacroToken> tokens, size_t at) const;
  void addWithBody(File &file, Word word);
  void give(Slot slot, Word word);
  void noteRows(const Macro &macro, std::span<const MacroToken> tokens, Slot slot);
  void addArgument(File &file, const Macro *macro, std::span<const MacroToken> tokens, Slot slot);
  void addArgument(File &file, const Macro *macro, std::span<const MacroToken> tokens, Word name,
                   size_t index);
  void addPassed(File &file, const Macro *macro, std::span<const MacroToken> tokens, Word name);
  void addCall(File &file, const Macro *macro, std::span<const MacroToken> tokens, size_t open,
               std::span<const Word> names);
  void addUses(File &file, const Macro &macro);
  void addUses(File &file, std::span<const MacroToken> text);
  void addUse(File &file, std::span<const MacroToken> text, size_t at,
              std::optional<size_t> outermostCall);
  void addMadeMacros();

  MacroReader reader_;
  std::vector<FileMacro> macros_;
  /// By file and state.
  std::vector<std::pair<size_t, std::vector<MacroToken>>> texts_;
  std::vector<File> files_;
  /// Words that stand next to a `##`, or at the end of a string, and the file that they are in.
  std::vector<std::pair<size_t, Word>> literals_;
  const bool withStrings_;
  /// Of all macros, once they are read.
  std::optional<JoinedParameters> parameters_;
  MadeNames made_;
  Word lastInStrings_ = 0;
  /// Something that is not followed here concerns every file.
  bool mayBeAny_ = false;
};

Joiner::Joiner(bool withStrings) : withStrings_(withStrings) {
  // The first words.
  for (const llvm::StringRef name : {"alias", "__alias__", "ifunc", "__ifunc__", "weakref"})
    lastInStrings_ = reader_.wordOf(name);
}

void Joiner::read(size_t file, std::string_view text) {
  // Read in other ways than here by some compilers, and by few.
  mayBeAny_ |= text.contains("\?\?=") || text.contains("__VA_OPT__");
  FileTokens read = reader_.read(text);
  for (Macro &macro : read.macros) {
    for (size_t i = 0; i < macro.body.size(); ++i) {
      mayBeAny_ |= joinsName(macro.body, i);
      if (joinsNeighbours(macro.body, i))
        for (const MacroToken &side : {macro.body[i - 1], macro.body[i + 1]})
          if (side.kind == TokenKind::Word && !macro.parameter(side.word))
            literals_.emplace_back(file, side.word);
    }
    macros_.push_back({file, std::move(macro)});
  }
  texts_.emplace_back(file, std::move(read.tokens));
  if (!withStrings_)
    return;
  for (const Word word : read.edges)
    literals_.emplace_back(file, word);
  files_.resize(std::max(files_.size(), file + 1));
  files_[file].definesForAssembler |= read.definesForAssembler;
  files_[file].hasBackslash |= read.hasBackslash;
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

/// The word, and if it is a macro, those of its body, and so on.
void Joiner::addWithBody(File &file, Word word) {
  std::vector<Word> work = {word};
  while (!work.empty()) {
    const Word next = work.back();
    work.pop_back();
    if (!file.words.insert(next).second)
      continue;
    file.hasNumbers |= isNumberMacro(reader_.spelling(next));
    for (const Macro *macro : parameters_->macrosOf(next)) {
      file.mayBeAny |= !macro->isBalanced();
      for (const MacroToken &token : macro->body)
        if (token.kind == TokenKind::Word && !macro->parameter(token.word))
          work.push_back(token.word);
    }
  }
}

/// Gives a word to a parameter; and if it is a macro, those of its body, and so on.
void Joiner::give(Slot slot, Word word) {
  std::vector<Word> work = {word};
  while (!work.empty()) {
    const Word next = work.back();
    work.pop_back();
    if (!made_.give(slot, next))
      continue;
    for (const Macro *macro : parameters_->macrosOf(next)) {
      noteRows(*macro, macro->body, slot);
      for (const MacroToken &token : macro->body)
        if (token.kind == TokenKind::Word && !macro->parameter(token.word))
          work.push_back(token.word);
    }
  }
}

/// What `##` makes among a macro's tokens is given to a parameter.
void Joiner::noteRows(const Macro &macro, std::span<const MacroToken> tokens, Slot slot) {
  for (const JoinedRow &row : rowsIn(macro, tokens))
    made_.makeInto(row, slot);
}

/// \param macro  the one in whose body the tokens stand; nullptr: in none.
void Joiner::addArgument(File &file, const Macro *macro, std::span<const MacroToken> tokens,
                         Slot slot) {
  if (macro)
    noteRows(*macro, tokens, slot);
  for (const MacroToken &token : tokens) {
    if (token.kind != TokenKind::Word)
      continue;
    if (const auto parameter = macro ? macro->parameter(token.word) : std::nullopt) {
      made_.passOn({macro->name, *parameter}, slot);
      continue;
    }
    addWithBody(file, token.word);
    give(slot, token.word);
  }
}

/// In a macro's body as one of those after it, too, since a parameter may stand for several.
void Joiner::addArgument(File &file, const Macro *macro, std::span<const MacroToken> tokens,
                         Word name, size_t index) {
  const size_t last = parameters_->lastParameter(name), first = std::min(index, last);
  for (size_t i = first; i <= (macro ? last : first); ++i)
    if (const Slot slot{name, i}; parameters_->isJoined(slot))
      addArgument(file, macro, tokens, slot);
}

/// A macro is passed to somebody who calls it, with words that stand among the tokens.
void Joiner::addPassed(File &file, const Macro *macro, std::span<const MacroToken> tokens,
                       Word name) {
  for (size_t index = 0; index <= parameters_->lastParameter(name); ++index)
    made_.giveAnything({name, index});
  for (const MacroToken &token : tokens)
    if (token.kind == TokenKind::Word && !(macro && macro->parameter(token.word)))
      addWithBody(file, token.word);
}

/// Adds a call's arguments to those of macros that it may be a call of. \param open  where it
/// opens.
void Joiner::addCall(File &file, const Macro *macro, std::span<const MacroToken> tokens,
                     size_t open, std::span<const Word> names) {
  if (!names.empty())
    forEachArgument(tokens, open, [&](size_t index, std::span<const MacroToken> argument) {
      for (const Word name : names)
        addArgument(file, macro, argument, name, index);
    });
}

void Joiner::addUses(File &file, const Macro &macro) {
  const std::span<const MacroToken> body = macro.body;
  for (size_t i = 0; i < body.size(); ++i) {
    if (isCalled(body, i))
      addCall(file, &macro, body, i + 1, parameters_->joinersMadeBy(rowEndingAt(macro, body, i)));
    const Word name = body[i].word;
    if (body[i].kind != TokenKind::Word || macro.parameter(name) || !parameters_->isJoiner(name))
      continue;
    if (!isCalled(body, i)) {
      if (parameters_->mayBeCalled(&macro, body, i))
        addPassed(file, &macro, body, name);
      continue;
    }
    const size_t end =
        forEachArgument(body, i + 1, [&](size_t index, std::span<const MacroToken> argument) {
          addArgument(file, &macro, argument, name, index);
        });
    if (end != 0 && isCalled(body, end))
      addCall(file, &macro, body, end + 1, parameters_->joinersAtEndOf(name));
  }
}

/// \param outermostCall  where the outermost call opens, of what may be a macro, that the word
/// stands in.
void Joiner::addUse(File &file, std::span<const MacroToken> text, size_t at,
                    std::optional<size_t> outermostCall) {
  const Word name = text[at].word;
  size_t end = 1;
  if (isCalled(text, at)) {
    end = forEachArgument(text, at + 1, [&](size_t index, std::span<const MacroToken> argument) {
      addArgument(file, nullptr, argument, name, index);
    });
    if (end != 0 && isCalled(text, end))
      addCall(file, nullptr, text, end + 1, parameters_->joinersAtEndOf(name));
  } else if (outermostCall && parameters_->mayBeCalled(nullptr, text, at)) {
    const auto addAll = [&](size_t, std::span<const MacroToken> argument) {
      addPassed(file, nullptr, argument, name);
    };
    end = forEachArgument(text, *outermostCall, addAll);
    addPassed(file, nullptr, text.subspan(*outermostCall - 1, 1), name);
    for (size_t next = end; next != 0 && isCalled(text, next);)
      next = forEachArgument(text, next + 1, addAll);
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
           (token.kind == TokenKind::Word && !parameters_->macrosOf(token.word).empty());
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
      if (parameters_->isJoiner(token.word))
        addUse(file, text, i, outermostCall());
    }
  }
  file.mayBeAny |= outermostCall().has_value();
}

/// A word that is made may be a macro, whose body gets there in its place.
void Joiner::addMadeMacros() {
  std::set<Word> names;
  for (const auto &[file, macro] : macros_)
    if (!macro.body.empty())
      names.insert(macro.name);
  const std::vector<Word> all(names.begin(), names.end());
  std::set<std::pair<Word, Slot>> done;
  for (bool isNew = true; isNew;) {
    isNew = false;
    for (const auto &[name, slot] : made_.find(all, reader_)) {
      if (!done.emplace(name, slot).second)
        continue;
      isNew = true;
      for (const auto &[file, macro] : macros_)
        if (macro.name == name)
          addArgument(files_[file], &macro, macro.body, slot);
    }
  }
}

std::vector<WordsToJoin> Joiner::find(size_t fileCount,
                                      const std::function<bool(const std::string &)> &isWanted) {
  files_.resize(fileCount);
  std::vector<const Macro *> macros;
  for (const FileMacro &definition : macros_)
    macros.push_back(&definition.macro);
  parameters_.emplace(reader_, std::move(macros), withStrings_);
  mayBeAny_ |= parameters_->isIncomplete();
  for (const auto &[file, macro] : macros_)
    addUses(files_[file], macro);
  for (const auto &[file, tokens] : texts_)
    addUses(files_[file], tokens);
  addMadeMacros();
  for (const auto &[file, word] : literals_)
    files_[file].words.insert(word);
  std::vector<char> wanted(reader_.words());
  for (Word word = 0; word < reader_.words(); ++word)
    wanted[word] = isWanted(reader_.spelling(word));
  std::vector<WordsToJoin> result(fileCount);
  for (size_t i = 0; i < fileCount; ++i) {
    result[i].mayBeAny = mayBeAny_ || files_[i].mayBeAny;
    result[i].hasNumbers = files_[i].hasNumbers;
    result[i].definesForAssembler = files_[i].definesForAssembler;
    result[i].hasBackslash = files_[i].hasBackslash;
    for (const Word word : files_[i].words)
      if (wanted[word])
        result[i].words.insert(reader_.spelling(word));
  }
  return result;
}

std::set<std::string> Joiner::madeOf(std::span<const std::string> names) const {
  std::set<JoinedRow> rows;
  for (const auto &[file, macro] : macros_)
    for (JoinedRow &row : rowsIn(macro, macro.body))
      rows.insert(std::move(row));
  std::set<std::string> made;
  for (const std::string &name : names)
    if (std::ranges::any_of(
            rows, [&](const JoinedRow &row) { return made_.mayMake(row, name, reader_); }))
      made.insert(name);
  return made;
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
                        std::span<const std::string> names, bool withStrings,
                        const std::function<bool(const std::string &word)> &isWanted) {
  JoinedWords result;
  for (const UnitInputs &inputs : units)
    for (const std::string &file : inputs.files)
      result.files.try_emplace(file);
  Joiner joiner(withStrings);
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
  result.made = joiner.madeOf(names);
  index = 0;
  for (auto &[file, words] : result.files)
    words = std::move(found[index++]);
  return result;
}

} // namespace suture::builder
