// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/watched_tokens.h"

// Whether hundreds of units see the same of a few lines is asked of the preprocessor, since macros
// and #ifs decide it; but of all other files nothing counts but their directives. Clang can be
// given those alone, found once for each file, and passes over the rest unread: measured on Xen's
// units, half of the time. Two things in code have a part in what directives say: a use of
// `__COUNTER__`, and `_Pragma("push_macro(...)")`. Where there are such, nothing is known.
//
// Lines that only the unit's own compiler reads may define what it sees of the others. So nothing
// is known of lines that are under any #if in a file that has such, or that have a name in common
// with them.

#include "payload-builder/units/foreign_code.h"
#include "payload-builder/units/raw_lines.h"

#include <clang/Basic/SourceManager.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendActions.h>
#include <clang/Lex/DependencyDirectivesScanner.h>
#include <clang/Lex/PPCallbacks.h>
#include <clang/Lex/Preprocessor.h>
#include <clang/Lex/PreprocessorOptions.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringSet.h>
#include <llvm/Support/Path.h>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

namespace suture::builder {

namespace scan = clang::dependency_directives_scan;

/// `push_macro` and `pop_macro`, however they are come by.
static bool savesMacros(llvm::StringRef text) {
  return text.contains("push_macro") || text.contains("pop_macro");
}

/// Of files on disk, by what they are.
class TokenWatch::Directives final {
public:
  struct File {
    llvm::SmallVector<scan::Token, 0> tokens;
    llvm::SmallVector<scan::Directive, 0> directives;
    bool failed = false, savesMacros = false;
  };

  const File &of(const llvm::sys::fs::UniqueID &id, llvm::StringRef text) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (const auto found = files_.find(id); found != files_.end())
        return *found->second;
    }
    auto file = std::make_unique<File>();
    file->failed = clang::scanSourceForDependencyDirectives(text, file->tokens, file->directives);
    file->savesMacros = savesMacros(text);
    const std::lock_guard<std::mutex> lock(mutex_);
    return *files_.try_emplace(id, std::move(file)).first->second;
  }

private:
  std::mutex mutex_;
  std::map<llvm::sys::fs::UniqueID, std::unique_ptr<File>> files_;
};

class TokenWatch::Action final : public clang::PreprocessorFrontendAction {
public:
  Action(const UnitState &unit, std::span<const std::vector<WatchedLines>> lists,
         Directives &directives, std::vector<WatchedTokens> &found)
      : unit_(unit), lists_(lists), directives_(directives), found_(found), entered_(lists.size()),
        names_(lists.size()), foreign_(lists.size()) {
    // Lines of a changed file are told by their place in its text, and few files change.
    for (const auto &[file, versions] : unit.tree.files)
      readWhole_.insert(llvm::sys::path::filename(file));
    for (const auto &list : lists)
      for (const WatchedLines &lines : list)
        readWhole_.insert(llvm::sys::path::filename(lines.file));
  }

protected:
  void ExecuteAction() override {
    clang::CompilerInstance &compiler = getCompilerInstance();
    clang::Preprocessor &preprocessor = compiler.getPreprocessor();
    clang::SourceManager &sources = compiler.getSourceManager();
    compiler.getPreprocessorOpts().DependencyDirectivesForFile = [&](clang::FileEntryRef file) {
      return directivesOf(sources, file);
    };
    watchForeignCode(preprocessor, unit_,
                     [&](const ForeignCode &code) { addForeign(sources, code); });
    preprocessor.addPPCallbacks(std::make_unique<Events>(*this, sources));
    preprocessor.EnterMainSourceFile();
    clang::Token token;
    llvm::SmallString<64> storage;
    for (preprocessor.Lex(token); token.isNot(clang::tok::eof); preprocessor.Lex(token)) {
      if (token.isAnnotation())
        continue;
      forEachList(sources, token.getLocation(), [&](size_t list) {
        storage.clear();
        add(found_[list], preprocessor.getSpelling(token, storage), token.getKind());
        if (const clang::IdentifierInfo *identifier = token.getIdentifierInfo())
          names_[list].insert(identifier->getName());
      });
    }
    for (size_t list = 0; list < lists_.size(); ++list) {
      found_[list].files = entered_[list].size();
      found_[list].isUnknown |= llvm::any_of(
          names_[list].keys(), [&](llvm::StringRef name) { return foreign_[list].contains(name); });
    }
  }

private:
  struct Lines {
    size_t list = 0;
    unsigned first = 0, last = 0;
    llvm::StringRef file;
  };

  class Events final : public clang::PPCallbacks {
  public:
    Events(Action &action, const clang::SourceManager &sources)
        : action_(action), sources_(sources) {}
    void FileChanged(clang::SourceLocation place, FileChangeReason reason,
                     clang::SrcMgr::CharacteristicKind, clang::FileID) override {
      if (reason == EnterFile)
        action_.enter(sources_, place);
    }
    void MacroExpands(const clang::Token &name, const clang::MacroDefinition &, clang::SourceRange,
                      const clang::MacroArgs *) override {
      if (name.getIdentifierInfo()->isStr("__COUNTER__"))
        action_.knowNothing();
      action_.forEachList(sources_, name.getLocation(), [&](size_t list) {
        action_.names_[list].insert(name.getIdentifierInfo()->getName());
      });
    }

  private:
    Action &action_;
    const clang::SourceManager &sources_;
  };

  std::optional<llvm::ArrayRef<scan::Directive>> directivesOf(clang::SourceManager &sources,
                                                              clang::FileEntryRef file) {
    const auto text = sources.getMemoryBufferForFileOrNone(file);
    if (!text)
      return std::nullopt;
    const bool isWhole = readWhole_.contains(llvm::sys::path::filename(file.getName()));
    const Directives::File *known =
        isWhole ? nullptr : &directives_.of(file.getUniqueID(), text->getBuffer());
    if (known ? known->savesMacros : savesMacros(text->getBuffer()))
      knowNothing();
    if (!known || known->failed)
      return std::nullopt;
    return llvm::ArrayRef<scan::Directive>(known->directives);
  }

  void knowNothing() {
    for (WatchedTokens &tokens : found_)
      tokens.isUnknown = true;
  }

  void enter(const clang::SourceManager &sources, clang::SourceLocation place) {
    const auto file = sources.getFileEntryRefForID(sources.getFileID(place));
    if (file && readWhole_.contains(llvm::sys::path::filename(file->getName())))
      for (const Lines &lines : linesIn(sources, place))
        entered_[lines.list].insert(lines.file);
  }

  template <typename Take>
  void forEachList(const clang::SourceManager &sources, clang::SourceLocation place, Take take) {
    const std::vector<Lines> &watched = linesIn(sources, place);
    if (watched.empty())
      return;
    const unsigned line = sources.getExpansionLineNumber(place);
    for (const Lines &lines : watched)
      if (lines.first <= line && line <= lines.last)
        take(lines.list);
  }

  void addForeign(const clang::SourceManager &sources, const ForeignCode &code) {
    const std::vector<Lines> &watched = linesIn(sources, code.place);
    if (watched.empty())
      return;
    const RawLines raw(sources.getBufferData(sources.getFileID(code.place)));
    const unsigned line = sources.getExpansionLineNumber(code.place);
    const bool includes = code.names.contains("include") || code.names.contains("include_next");
    for (const Lines &lines : watched) {
      const bool isWithin = lines.first <= line && line <= lines.last;
      found_[lines.list].isUnknown |= isWithin || includes || !raw.isUnconditional(lines.first) ||
                                      raw.cutsConditional(lines.first, lines.last);
      for (const llvm::StringRef name : code.names.keys())
        foreign_[lines.list].insert(name);
    }
  }

  static void add(WatchedTokens &tokens, llvm::StringRef spelling, unsigned kind) {
    ++tokens.count;
    tokens.hash.add(kind, spelling);
  }

  const std::vector<Lines> &linesIn(const clang::SourceManager &sources,
                                    clang::SourceLocation place) {
    const clang::FileID id = sources.getFileID(sources.getExpansionLoc(place));
    auto [entry, isNew] = watched_.try_emplace(id.getHashValue());
    if (isNew) {
      const std::string file = locationOf(sources, place, unit_.tree.root).file;
      for (size_t list = 0; list < lists_.size(); ++list)
        for (const WatchedLines &lines : lists_[list])
          if (lines.file == file)
            entry->second.push_back({list, lines.first, lines.last, lines.file});
    }
    return entry->second;
  }

  const UnitState &unit_;
  const std::span<const std::vector<WatchedLines>> lists_;
  Directives &directives_;
  std::vector<WatchedTokens> &found_;
  std::vector<std::set<llvm::StringRef>> entered_;
  /// By list: what its lines mention, macros included; what the lines of their files do that only
  /// the unit's own compiler reads.
  std::vector<llvm::StringSet<>> names_, foreign_;
  llvm::StringSet<> readWhole_;
  std::map<unsigned, std::vector<Lines>> watched_;
};

TokenWatch::TokenWatch() : directives_(std::make_unique<Directives>()) {}
TokenWatch::~TokenWatch() = default;

llvm::Expected<std::vector<WatchedTokens>>
TokenWatch::read(const UnitState &unit, std::span<const std::vector<WatchedLines>> lists) {
  std::vector<WatchedTokens> found(lists.size());
  if (auto failed = runFrontEnd(unit, std::make_unique<Action>(unit, lists, *directives_, found)))
    return failed;
  return found;
}

} // namespace suture::builder
