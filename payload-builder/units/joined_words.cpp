// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/joined_words.h"

// `##` makes words of those next to it in a macro's body:
//
//   #define HAS(name) FEATURE_ ## name
//   #define HAS_SM(x) HAS(sm ## x)
//   if (HAS_SM(ep))                     sm, ep, FEATURE_, and what HAS is given anywhere else
//
// So there are four steps. Parameters that get next to a `##`: in their own macro, or because they
// are in such an argument of another macro, until no more are found. Then, wherever such a macro is
// used, the words of these arguments; and where one of those is a macro, the words of its body.
// Last, the same for macros whose own names are made with `##` (made_names.h).
//
// All definitions of a name count wherever it is used, whatever #if or #undef they are under: too
// many words are found rather than too few. Text that this does not follow (a directive amid
// arguments, parentheses that a macro opens) makes every word of the file one of them; a macro that
// is passed without its arguments to one that calls it, every word of the call.
//
// Adjacent strings join as well: to name a thing of C in a string takes `alias` and its like only,
// but the assembler's own names are put together there (`".equ FEATURE_" #name`). `#` counts as
// `##` does then.

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/command_macros.h"
#include "payload-builder/units/macro_tokens.h"
#include "payload-builder/units/made_names.h"
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
  void joinNeighbours(const FileMacro &definition);
  bool passOn(const Macro &macro);
  bool callsParameter(const Macro &macro) const;
  bool mayBeCalled(std::span<const MacroToken> tokens, size_t at) const;
  bool isReached(const Macro &macro, const MacroToken &token) const;
  bool isReached(Word called, size_t argument) const;
  void addWithBody(File &file, Word word);
  void give(Slot slot, Word word);
  void noteRows(const Macro &macro, std::span<const MacroToken> tokens, Slot slot);
  void addArgument(File &file, const Macro *macro, std::span<const MacroToken> tokens, Slot slot);
  void addArgument(File &file, const Macro *macro, std::span<const MacroToken> tokens, Word name,
                   size_t index);
  void addPassed(File &file, const Macro *macro, std::span<const MacroToken> tokens, Word name);
  void addCall(File &file, const Macro *macro, std::span<const MacroToken> tokens, size_t open,
               std::span<const Word> names);
  std::vector<Word> joinersMadeBy(const JoinedRow &row) const;
  std::vector<Word> joinersAtEndOf(Word name, unsigned depth = 0) const;
  void addMadeMacros();
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
  /// By word: whether a macro calls what it is given.
  std::vector<char> calls_;
  std::vector<File> files_;
  /// Words of bodies that stand next to a `##`, or at the end of a string, and the file that they
  /// are in.
  std::vector<std::pair<size_t, Word>> literals_;
  const bool withStrings_;
  MadeNames made_;
  /// Macros of which something gets next to a `##`.
  std::vector<Word> joiners_;
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
    for (size_t i = 0; i < macro.body.size(); ++i)
      mayBeAny_ |= joinsName(macro.body, i);
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

void Joiner::joinNeighbours(const FileMacro &definition) {
  const Macro &macro = definition.macro;
  const std::vector<MacroToken> &body = macro.body;
  const auto makesWords = [&](size_t i) {
    return i < body.size() && (body[i].kind == TokenKind::Word || body[i].kind == TokenKind::Join);
  };
  for (size_t i = 0; withStrings_ && i + 1 < body.size(); ++i)
    if (body[i].kind == TokenKind::MakeString && body[i + 1].kind == TokenKind::Word)
      if (const auto parameter = macro.parameter(body[i + 1].word))
        joined_[macro.name] |= parameterBit(*parameter);
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

/// Whether what ends with a token is called.
static bool isCall(std::span<const MacroToken> tokens, size_t at) {
  return at + 1 < tokens.size() && tokens[at + 1].kind == TokenKind::Open;
}

/// Whether a macro calls one of its parameters, or ends with it, so that what follows may.
bool Joiner::callsParameter(const Macro &macro) const {
  for (size_t i = 0; i < macro.body.size(); ++i)
    if (macro.body[i].kind == TokenKind::Word && macro.parameter(macro.body[i].word) &&
        mayBeCalled(macro.body, i))
      return true;
  return false;
}

/// Whether a word may be called by whom it is given to, or what follows.
bool Joiner::mayBeCalled(std::span<const MacroToken> tokens, size_t at) const {
  if (at + 1 == tokens.size() || isCall(tokens, at))
    return true;
  size_t level = 0;
  for (size_t i = at; i-- > 0;) {
    if (tokens[i].kind == TokenKind::Directive)
      return false;
    if (tokens[i].kind == TokenKind::Close)
      ++level;
    if (tokens[i].kind != TokenKind::Open)
      continue;
    if (level > 0)
      --level;
    else if (i > 0 && tokens[i - 1].kind == TokenKind::Word && calls_[tokens[i - 1].word])
      return true;
    // What is called there may be anything.
    else if (i > 0 && tokens[i - 1].kind == TokenKind::Close)
      return true;
  }
  return false;
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

/// Of a macro, those that stand in a call's arguments. \param open  where the call opens.
static Parameters parametersIn(const Macro &macro, std::span<const MacroToken> tokens,
                               size_t open) {
  Parameters found = 0;
  forEachArgument(tokens, open, [&](size_t, std::span<const MacroToken> argument) {
    for (const MacroToken &token : argument)
      if (token.kind == TokenKind::Word)
        if (const auto parameter = macro.parameter(token.word))
          found |= parameterBit(*parameter);
  });
  return found;
}

/// Macros of which something gets next to a `##`, and whose name a row may make.
std::vector<Word> Joiner::joinersMadeBy(const JoinedRow &row) const {
  std::vector<Word> found;
  std::ranges::copy_if(joiners_, std::back_inserter(found),
                       [&](Word name) { return mayMake(row, reader_.spelling(name), reader_); });
  return found;
}

/// Those that a macro's expansion may end with.
std::vector<Word> Joiner::joinersAtEndOf(Word name, unsigned depth) const {
  constexpr unsigned Deepest = 8;
  std::vector<Word> found;
  if (depth > Deepest)
    return joiners_;
  for (const Macro *macro : macrosOf_[name]) {
    const std::vector<MacroToken> &body = macro->body;
    if (body.empty())
      continue;
    size_t open = body.size() - 1, level = body.back().kind == TokenKind::Close ? 1 : 0;
    std::vector<Word> more;
    if (level == 0)
      more = joinersMadeBy(rowEndingAt(*macro, body, open));
    while (level != 0 && open > 0) {
      --open;
      level += body[open].kind == TokenKind::Close ? 1 : 0;
      level -= body[open].kind == TokenKind::Open ? 1 : 0;
    }
    if (open > 0 && body[open].kind == TokenKind::Open && body[open - 1].kind == TokenKind::Word)
      more = joinersAtEndOf(body[open - 1].word, depth + 1);
    found.insert(found.end(), more.begin(), more.end());
  }
  return found;
}

bool Joiner::passOn(const Macro &macro) {
  Parameters found = 0;
  for (size_t i = 0; i < macro.body.size(); ++i) {
    if (!isReached(macro, macro.body[i]))
      continue;
    if (!isCall(macro.body, i)) {
      if (mayBeCalled(macro.body, i))
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
    if (end != 0 && isCall(macro.body, end) && !joinersAtEndOf(macro.body[i].word).empty())
      found |= parametersIn(macro, macro.body, end + 1);
  }
  for (size_t i = 0; i < macro.body.size(); ++i)
    if (isCall(macro.body, i) && !joinersMadeBy(rowEndingAt(macro, macro.body, i)).empty())
      found |= parametersIn(macro, macro.body, i + 1);
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
    file.hasNumbers |= isNumberMacro(reader_.spelling(next));
    for (const Macro *macro : macrosOf_[next]) {
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
    for (const Macro *macro : macrosOf_[next]) {
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
  const size_t last = lastParameter(name), first = std::min(index, last);
  for (size_t i = first; i <= (macro ? last : first); ++i)
    if ((joined_[name] & parameterBit(i)) != 0)
      addArgument(file, macro, tokens, Slot{name, i});
}

/// A macro is passed to somebody who calls it, with words that stand among the tokens.
void Joiner::addPassed(File &file, const Macro *macro, std::span<const MacroToken> tokens,
                       Word name) {
  for (size_t index = 0; index <= lastParameter(name); ++index)
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
    if (isCall(body, i))
      addCall(file, &macro, body, i + 1, joinersMadeBy(rowEndingAt(macro, body, i)));
    if (!isReached(macro, body[i]))
      continue;
    const Word name = body[i].word;
    if (!isCall(body, i)) {
      if (!mayBeCalled(body, i))
        continue;
      addPassed(file, &macro, body, name);
      continue;
    }
    const size_t end =
        forEachArgument(body, i + 1, [&](size_t index, std::span<const MacroToken> argument) {
          addArgument(file, &macro, argument, name, index);
        });
    if (end != 0 && isCall(body, end))
      addCall(file, &macro, body, end + 1, joinersAtEndOf(name));
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
  const Word name = text[at].word;
  size_t end = 1;
  if (isCall(text, at)) {
    end = forEachArgument(text, at + 1, [&](size_t index, std::span<const MacroToken> argument) {
      addArgument(file, nullptr, argument, name, index);
    });
    if (end != 0 && isCall(text, end))
      addCall(file, nullptr, text, end + 1, joinersAtEndOf(name));
  } else if (outermostCall && mayBeCalled(text, at)) {
    const auto addAll = [&](size_t, std::span<const MacroToken> argument) {
      addPassed(file, nullptr, argument, name);
    };
    end = forEachArgument(text, *outermostCall, addAll);
    addPassed(file, nullptr, text.subspan(*outermostCall - 1, 1), name);
    for (size_t next = end; next != 0 && isCall(text, next);)
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
  macrosOf_.resize(reader_.words());
  joined_.resize(reader_.words());
  calls_.resize(reader_.words());
  for (const FileMacro &definition : macros_)
    macrosOf_[definition.macro.name].push_back(&definition.macro);
  for (bool isNew = true; isNew;) {
    isNew = false;
    for (const auto &[file, macro] : macros_)
      if (!calls_[macro.name] && callsParameter(macro))
        isNew = calls_[macro.name] = true;
  }
  for (const FileMacro &definition : macros_)
    joinNeighbours(definition);
  for (bool isNew = true; isNew;) {
    isNew = false;
    joiners_.clear();
    for (Word word = 0; word < joined_.size(); ++word)
      if (joined_[word] != 0)
        joiners_.push_back(word);
    for (const auto &[file, macro] : macros_)
      isNew |= passOn(macro);
  }
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
