// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/foreign_code.h"

// The front end is Clang, and a gcc target runs what is there for gcc:
//
//   #ifdef __clang__
//   #define STEP 7
//   #else
//   #define STEP 5        <- nothing of this is in Clang's AST
//   #endif
//
// Both compilers say what they predefine. A condition that hangs on a macro in which they differ,
// directly, through other macros, or through one that is defined under such a condition, may be
// answered otherwise: the lines that Clang skips there are read as text. What they mean is left to
// the unit's own compiler: where they differ between two states, its object is asked.
//
// Rejected: to have Clang define what gcc does. Source then asks for what only gcc has
// (`__builtin_has_attribute` in Xen), and does not parse.

#include "payload-builder/units/predefined_macros.h"

#include <algorithm>
#include <clang/Basic/SourceManager.h>
#include <clang/Lex/Lexer.h>
#include <clang/Lex/MacroInfo.h>
#include <clang/Lex/PPCallbacks.h>
#include <clang/Lex/Preprocessor.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/Support/Path.h>
#include <memory>
#include <utility>
#include <vector>

namespace suture::builder {
namespace {

/// Macros by which Clang and another compiler can be told apart.
struct Differences {
  /// One has it and the other has not; both have it, with another value.
  llvm::StringSet<> defined, valued;

  bool empty() const { return defined.empty() && valued.empty(); }
};

llvm::StringRef nameOf(llvm::StringRef macro) { return macro.split('(').first; }

Differences differences(const PredefinedMacros &own, const std::optional<PredefinedMacros> &other) {
  Differences result;
  // One that cannot be asked may differ in all.
  const PredefinedMacros none;
  const PredefinedMacros &others = other ? *other : none;
  for (const auto &[macro, value] : own)
    if (const auto match = others.find(macro); match == others.end())
      result.defined.insert(nameOf(macro));
    else if (match->second != value)
      result.valued.insert(nameOf(macro));
  for (const auto &[macro, value] : others)
    if (!own.contains(macro))
      result.defined.insert(nameOf(macro));
  return result;
}

class ForeignCodeReader final : public clang::PPCallbacks {
public:
  ForeignCodeReader(clang::Preprocessor &preprocessor, const UnitState &unit,
                    Differences differences, std::function<void(const ForeignCode &)> found)
      : preprocessor_(preprocessor), sources_(preprocessor.getSourceManager()), unit_(unit),
        differences_(std::move(differences)), found_(std::move(found)) {}

  using Place = clang::SourceLocation;
  void If(Place place, clang::SourceRange, ConditionValueKind) override { open(place); }
  void Ifdef(Place place, const clang::Token &, const clang::MacroDefinition &) override {
    open(place);
  }
  void Ifndef(Place place, const clang::Token &, const clang::MacroDefinition &) override {
    open(place);
  }
  void Elif(Place place, clang::SourceRange, ConditionValueKind, Place) override { goOn(place); }
  void Elifdef(Place place, const clang::Token &, const clang::MacroDefinition &) override {
    goOn(place);
  }
  void Elifdef(Place place, clang::SourceRange, Place) override { goOn(place); }
  void Elifndef(Place place, const clang::Token &, const clang::MacroDefinition &) override {
    goOn(place);
  }
  void Elifndef(Place place, clang::SourceRange, Place) override { goOn(place); }
  void Endif(Place place, Place) override {
    if (conditions_.empty())
      return;
    closed_ = {place, conditions_.back()};
    conditions_.pop_back();
  }

  void MacroDefined(const clang::Token &name, const clang::MacroDirective *) override {
    if (isUnderForeignCondition())
      addMacro(name.getIdentifierInfo()->getName());
  }
  void MacroUndefined(const clang::Token &name, const clang::MacroDefinition &,
                      const clang::MacroDirective *) override {
    if (isUnderForeignCondition())
      addMacro(name.getIdentifierInfo()->getName());
  }

  /// Called for the skipped lines of one branch, after its end was reported.
  void SourceRangeSkipped(clang::SourceRange range, Place end) override {
    // What a condition around it hangs on does not matter: that branch is taken.
    const bool isForeign =
        closed_.first == end ? closed_.second : !conditions_.empty() && conditions_.back() != 0;
    if (isForeign)
      readSkipped(range);
  }

private:
  bool isUnderForeignCondition() const { return llvm::is_contained(conditions_, char(true)); }
  void open(Place place) { conditions_.push_back(hangsOnCompiler(place)); }
  void goOn(Place place) {
    if (!conditions_.empty() && !conditions_.back())
      conditions_.back() = hangsOnCompiler(place);
  }
  void addMacro(llvm::StringRef name) {
    differences_.defined.insert(name);
    differences_.valued.insert(name);
  }

  clang::Lexer lexerAt(Place place) const {
    const auto [file, offset] = sources_.getDecomposedLoc(place);
    const llvm::StringRef text = sources_.getBufferData(file);
    return {sources_.getLocForStartOfFile(file), preprocessor_.getLangOpts(), text.begin(),
            text.begin() + offset, text.end()};
  }

  /// \param place  of a directive's name.
  bool hangsOnCompiler(Place place) const {
    clang::Lexer lexer = lexerAt(place);
    clang::Token token;
    lexer.LexFromRawLexer(token);
    bool afterDefined = token.getRawIdentifier().ends_with("def");
    for (lexer.LexFromRawLexer(token); token.isNot(clang::tok::eof) && !token.isAtStartOfLine();
         lexer.LexFromRawLexer(token)) {
      if (token.is(clang::tok::raw_identifier)) {
        const llvm::StringRef name = token.getRawIdentifier();
        if (differences_.defined.contains(name) || name.starts_with("__has_"))
          return true;
        llvm::StringSet<> seen;
        if (!afterDefined && valueHangsOnCompiler(name, seen))
          return true;
        afterDefined = name == "defined";
      } else if (token.isNot(clang::tok::l_paren)) {
        afterDefined = false;
      }
    }
    return false;
  }

  bool valueHangsOnCompiler(llvm::StringRef name, llvm::StringSet<> &seen) const {
    if (!seen.insert(name).second)
      return false;
    if (differences_.defined.contains(name) || differences_.valued.contains(name))
      return true;
    const clang::MacroInfo *macro = macroNamed(name);
    return macro && std::ranges::any_of(macro->tokens(), [&](const clang::Token &token) {
             return token.getIdentifierInfo() &&
                    valueHangsOnCompiler(token.getIdentifierInfo()->getName(), seen);
           });
  }

  const clang::MacroInfo *macroNamed(llvm::StringRef name) const {
    const clang::IdentifierInfo *identifier = preprocessor_.getIdentifierInfo(name);
    return identifier->hasMacroDefinition() ? preprocessor_.getMacroInfo(identifier) : nullptr;
  }

  void readSkipped(clang::SourceRange range) {
    code_ = {};
    code_.place = range.getBegin();
    const unsigned end = sources_.getFileOffset(range.getEnd());
    clang::Lexer lexer = lexerAt(range.getBegin());
    clang::Token token;
    lexer.LexFromRawLexer(token);
    Directive directive;
    while (token.isNot(clang::tok::eof) && sources_.getFileOffset(token.getLocation()) < end) {
      const llvm::StringRef spelling = spellingOf(token);
      add(token.isAtStartOfLine() ? "\n" : token.hasLeadingSpace() ? " " : "");
      add(spelling);
      if (token.isAtStartOfLine())
        directive = {.isOpen = spelling == "#"};
      else if (directive.isOpen)
        readDirective(directive, spelling);
      if (token.is(clang::tok::raw_identifier))
        addName(spelling);
      lexer.LexFromRawLexer(token);
    }
    found_(code_);
  }

  /// What is read of one so far.
  struct Directive {
    bool isOpen = false;
    llvm::StringRef kind = {};
    std::string file = {};
  };

  llvm::StringRef spellingOf(const clang::Token &token) const {
    return {sources_.getCharacterData(token.getLocation()), token.getLength()};
  }

  /// What it defines hangs on the compiler; what it includes is read, if the diff changes it.
  void readDirective(Directive &directive, llvm::StringRef spelling) {
    if (directive.kind.empty()) {
      directive.kind = spelling;
    } else if (directive.kind == "define" || directive.kind == "undef") {
      addMacro(spelling);
      directive.isOpen = false;
    } else if (directive.kind == "include" || directive.kind == "include_next") {
      directive.file += spelling;
      if (spelling.ends_with("\"") || spelling == ">")
        addIncluded(llvm::StringRef(directive.file).trim("\"<>"));
    }
  }

  void addIncluded(llvm::StringRef name) {
    for (const auto &[file, versions] : unit_.tree.files)
      if (const FileText &text = textIn(versions, unit_.state);
          text && llvm::StringRef(file).ends_with(llvm::sys::path::filename(name)))
        add(*text);
  }

  /// With a macro's definition, and with the names in it: the lines may expand it.
  void addName(llvm::StringRef name) {
    const bool isNew = code_.names.insert(name).second;
    const clang::MacroInfo *macro = isNew ? macroNamed(name) : nullptr;
    if (!macro)
      return;
    for (const clang::IdentifierInfo *parameter : macro->params())
      add(parameter->getName());
    for (const clang::Token &token : macro->tokens()) {
      add(preprocessor_.getSpelling(token));
      if (const clang::IdentifierInfo *identifier = token.getIdentifierInfo())
        addName(identifier->getName());
    }
  }

  void add(llvm::StringRef word) { code_.hash.add(0, word); }

  clang::Preprocessor &preprocessor_;
  const clang::SourceManager &sources_;
  const UnitState &unit_;
  Differences differences_;
  const std::function<void(const ForeignCode &)> found_;
  /// Of each open #if, whether one of its conditions so far hangs on the compiler.
  std::vector<char> conditions_;
  /// The #endif that was met last, and the same of its #if.
  std::pair<Place, bool> closed_;
  ForeignCode code_;
};

} // namespace

void watchForeignCode(clang::Preprocessor &preprocessor, const UnitState &unit,
                      std::function<void(const ForeignCode &code)> found) {
  Differences differing = differences(parsePredefinedMacros(preprocessor.getPredefines()),
                                      predefinedMacros(unit.command, unit.language));
  if (!differing.empty())
    preprocessor.addPPCallbacks(std::make_unique<ForeignCodeReader>(
        preprocessor, unit, std::move(differing), std::move(found)));
}

} // namespace suture::builder
