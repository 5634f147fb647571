// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/renamed_bits.h"

// A list of features makes a header with a macro for each word of them, and a record that all units
// see has its bits:
//
//   -#define BITS_9 bool fsrm:1, :1            made anew of the list
//   +#define BITS_9 bool fsrm:1, hybrid:1
//    union { uint32_t word; struct { BITS(7d0); }; };     BITS() makes `BITS_9` of it
//
// Every unit puts the changed macro's name together there. But bits that the integer has anyway
// have no other place, size or value for having a name: who does not mention `hybrid` cannot tell.
// So those are the names that the change reaches (reached_names.h), and the lines are accounted
// for, wherever a unit sees the same tokens in the record.

#include "payload-builder/support/parallel.h"
#include "payload-builder/units/header_declarations.h"

#include <algorithm>
#include <array>
#include <clang/Basic/SourceManager.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendActions.h>
#include <clang/Lex/PPCallbacks.h>
#include <clang/Lex/Preprocessor.h>
#include <map>
#include <optional>

namespace suture::builder {
namespace {

/// Each file is parsed for itself.
constexpr size_t mostFiles = 2;

/// By line: macros whose names are put together there.
using Uses = std::map<unsigned, std::set<std::string>>;

class UseRecorder final : public clang::PPCallbacks {
public:
  UseRecorder(const clang::SourceManager &sources, const std::string &root,
              const std::set<std::string> &macros, std::map<std::string, Uses> &found)
      : places_(sources, root), macros_(macros), found_(found) {}

  void MacroExpands(const clang::Token &name, const clang::MacroDefinition &, clang::SourceRange,
                    const clang::MacroArgs *) override {
    const clang::SourceLocation place = name.getLocation();
    std::string macro = name.getIdentifierInfo()->getName().str();
    if (places_.isPasted(place) && macros_.contains(macro))
      found_[places_.fileOf(place)][places_.line(place)].insert(std::move(macro));
  }

private:
  DeclaredPlaces places_;
  const std::set<std::string> &macros_;
  std::map<std::string, Uses> &found_;
};

class UseAction final : public clang::PreprocessorFrontendAction {
public:
  UseAction(const std::string &root, const std::set<std::string> &macros,
            std::map<std::string, Uses> &found)
      : root_(root), macros_(macros), found_(found) {}

protected:
  void ExecuteAction() override {
    clang::Preprocessor &preprocessor = getCompilerInstance().getPreprocessor();
    preprocessor.addPPCallbacks(std::make_unique<UseRecorder>(
        getCompilerInstance().getSourceManager(), root_, macros_, found_));
    preprocessor.EnterMainSourceFile();
    clang::Token token;
    do
      preprocessor.Lex(token);
    while (token.isNot(clang::tok::eof));
  }

private:
  const std::string &root_;
  const std::set<std::string> &macros_;
  std::map<std::string, Uses> &found_;
};

const RecordParts *recordAt(const HeaderDeclarations &declarations, const std::string &file,
                            unsigned line) {
  const auto found = std::ranges::find_if(declarations.records, [&](const RecordParts &record) {
    return record.file == file && record.first < line && line < record.last;
  });
  return found == declarations.records.end() ? nullptr : &*found;
}

/// nullopt: more than names of bits differs, or not on the lines of the macros alone.
std::optional<RenamedBits> compareRecords(const RecordParts &base, const RecordParts &patched,
                                          const Uses &uses) {
  if (base.shape != patched.shape || base.first != patched.first || base.last != patched.last ||
      base.parts.size() != patched.parts.size())
    return std::nullopt;
  RenamedBits result{.file = base.file,
                     .first = base.first,
                     .last = base.last,
                     .lines = {},
                     .macros = {},
                     .names = {}};
  for (size_t i = 0; i < base.parts.size(); ++i) {
    const RecordPart &own = base.parts[i], &other = patched.parts[i];
    if (own.shape != other.shape || own.isPointer != other.isPointer || own.first != other.first ||
        own.last != other.last)
      return std::nullopt;
    if (own.name == other.name)
      continue;
    if (!own.isSharedBits || !other.isSharedBits || own.first != own.last ||
        !uses.contains(own.first))
      return std::nullopt;
    result.names.insert({own.name, other.name});
  }
  result.names.erase("");
  for (const auto &[line, macros] : uses)
    if (base.first < line && line < base.last) {
      result.lines.insert(line);
      result.macros.insert(macros.begin(), macros.end());
    }
  return result;
}

} // namespace

std::vector<RenamedBits> renamedBits(const SourceTree &tree, const Unit &unit,
                                     const std::set<std::string> &macros) {
  if (macros.empty())
    return {};
  const auto inState = [&](size_t state) {
    return UnitState{tree, unit.command, unit.language, bothStates[state]};
  };
  std::array<std::map<std::string, Uses>, 2> uses;
  parallelFor(bothStates.size(), [&](size_t state) {
    if (auto failed = runFrontEnd(inState(state),
                                  std::make_unique<UseAction>(tree.root, macros, uses[state]))) {
      llvm::consumeError(std::move(failed)); // The stage that compares the unit reports it.
      uses[state].clear();
    }
  });
  // Where a macro is pasted in one state alone, more than what it stands for changes.
  if (uses[0] != uses[1] || uses[0].size() > mostFiles)
    return {};
  std::vector<RenamedBits> result;
  for (const auto &[file, lines] : uses[0]) {
    if (tree.files.contains(file))
      continue;
    std::array<HeaderDeclarations, 2> declarations;
    parallelFor(bothStates.size(), [&](size_t state) {
      if (auto read = readDeclarations(inState(state), file))
        declarations[state] = std::move(*read);
      else
        llvm::consumeError(read.takeError()); // As above.
    });
    for (const RecordParts &base : declarations[0].records) {
      const auto line = lines.upper_bound(base.first);
      if (base.file != file || line == lines.end() || line->first >= base.last)
        continue;
      const RecordParts *patched = recordAt(declarations[1], file, line->first);
      if (auto renamed = patched ? compareRecords(base, *patched, lines) : std::nullopt)
        result.push_back(std::move(*renamed));
    }
  }
  return result;
}

} // namespace suture::builder
