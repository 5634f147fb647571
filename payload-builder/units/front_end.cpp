// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/front_end.h"

// One run is one CompilerInstance with its own file manager over TreeFileSystem; nothing is shared,
// so that base and patched state run on two threads.
//
// `__LINE__` must not make code look changed that only moved. The patched text could carry `#line`
// directives, but those are text: they cannot stand in the middle of a macro call, and every line
// after them has two numbers. Clang's line table takes the same notes at any offset without a
// change to the text: when a changed file is entered, each of its unchanged runs gets the number
// that its first line has in the base text. The text's own numbers remain the ones that are
// reported.

#include "payload-builder/diff/line_map.h"
#include "payload-builder/units/clang_arguments.h"

#include <clang/Basic/Diagnostic.h>
#include <clang/Basic/SourceManager.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/CompilerInvocation.h>
#include <clang/Frontend/FrontendOptions.h>
#include <clang/Frontend/Utils.h>
#include <clang/Lex/PPCallbacks.h>
#include <clang/Lex/Preprocessor.h>
#include <fmt/format.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <map>

namespace suture::builder {
namespace {

/// Keeps the errors (and the notes that belong to them) as text.
class ErrorCollector final : public clang::DiagnosticConsumer {
public:
  explicit ErrorCollector(const std::string &root) : root_(root) {}

  void HandleDiagnostic(clang::DiagnosticsEngine::Level level,
                        const clang::Diagnostic &diagnostic) override {
    DiagnosticConsumer::HandleDiagnostic(level, diagnostic);
    bool isError = level >= clang::DiagnosticsEngine::Error;
    if (level != clang::DiagnosticsEngine::Note)
      lastWasError_ = isError;
    if (!lastWasError_)
      return;
    constexpr unsigned EnoughLines = 40;
    if (++lines_ > EnoughLines)
      return;
    llvm::SmallString<128> message;
    diagnostic.FormatDiagnostic(message);
    std::string place;
    if (diagnostic.hasSourceManager() && diagnostic.getLocation().isValid())
      place = toString(locationOf(diagnostic.getSourceManager(), diagnostic.getLocation(), root_));
    text_ += fmt::format("{}{}: {}\n", place.empty() ? "" : place + ": ",
                         isError ? "error" : "note", message.str().str());
  }
  const std::string &text() const { return text_; }

private:
  const std::string &root_;
  std::string text_;
  unsigned lines_ = 0;
  bool lastWasError_ = false;
};

/// Gives unchanged lines of changed files their numbers in the base text.
class BaseLineNumbers final : public clang::PPCallbacks {
public:
  BaseLineNumbers(const SourceTree &tree, TreeFileSystem &files, clang::SourceManager &sources)
      : tree_(tree), files_(files), sources_(sources) {}

  void FileChanged(clang::SourceLocation place, FileChangeReason reason,
                   clang::SrcMgr::CharacteristicKind kind, clang::FileID) override {
    if (reason != EnterFile)
      return;
    clang::FileID file = sources_.getFileID(place);
    auto entry = sources_.getFileEntryRefForID(file);
    if (!entry)
      return;
    auto path = files_.changedPath(entry->getName());
    if (!path)
      return;
    const FileVersions &versions = tree_.files.at(*path);
    if (!versions.base() || !versions.patched() || !versions.changedByThisDiff())
      return;
    LineMap map(*versions.base(), *versions.patched());
    clang::SourceLocation start = sources_.getLocForStartOfFile(file);
    size_t offset = 0;
    unsigned line = 1;
    for (const SameLines &run : map.same()) {
      for (; line < run.patchedLine && offset != std::string::npos; ++line) {
        offset = versions.patched()->find('\n', offset);
        offset = offset == std::string::npos ? offset : offset + 1;
      }
      if (offset == std::string::npos || offset >= versions.patched()->size())
        return;
      // A note holds for the lines after its own; its own gets one less.
      if (run.baseLine != run.patchedLine || line > 1)
        sources_.AddLineNote(start.getLocWithOffset(static_cast<int>(offset)), run.baseLine + 1, -1,
                             false, false, kind);
    }
  }

private:
  const SourceTree &tree_;
  TreeFileSystem &files_;
  clang::SourceManager &sources_;
};

/// The caller's action with the line numbers in front of it.
class NumberedAction final : public clang::WrapperFrontendAction {
public:
  NumberedAction(std::unique_ptr<clang::FrontendAction> wrapped, const UnitState &unit,
                 TreeFileSystem &files)
      : WrapperFrontendAction(std::move(wrapped)), unit_(unit), files_(files) {}

protected:
  bool BeginSourceFileAction(clang::CompilerInstance &compiler) override {
    if (unit_.state == TreeState::Patched)
      compiler.getPreprocessor().addPPCallbacks(
          std::make_unique<BaseLineNumbers>(unit_.tree, files_, compiler.getSourceManager()));
    return WrapperFrontendAction::BeginSourceFileAction(compiler);
  }

private:
  const UnitState &unit_;
  TreeFileSystem &files_;
};

/// The name under which the user knows a file: relative to the root where it lies below it.
std::string userPath(llvm::StringRef name, const clang::FileManager &files,
                     const std::string &root) {
  llvm::SmallString<256> full(name);
  files.makeAbsolutePath(full);
  return pathInTree(root, TreePaths(root).of("", full));
}

} // namespace

SourceLocation locationOf(const clang::SourceManager &sources, clang::SourceLocation place,
                          const std::string &root) {
  if (place.isInvalid())
    return {};
  auto [file, offset] = sources.getDecomposedExpansionLoc(place);
  auto entry = sources.getFileEntryRefForID(file);
  if (!entry)
    return {};
  return {userPath(entry->getName(), sources.getFileManager(), root),
          sources.getLineNumber(file, offset), sources.getColumnNumber(file, offset)};
}

FrontEnd::FrontEnd(const UnitState &unit, llvm::IntrusiveRefCntPtr<TreeFileSystem> files)
    : unit_(unit), files_(std::move(files)) {}
FrontEnd::FrontEnd(FrontEnd &&) = default;
FrontEnd::~FrontEnd() = default;

llvm::Expected<FrontEnd> FrontEnd::create(const UnitState &unit) {
  FrontEnd run(unit, llvm::makeIntrusiveRefCnt<TreeFileSystem>(unit.tree, unit.state,
                                                               unit.command.directory));
  std::vector<std::string> arguments = clangArguments(unit.command, unit.language);
  std::vector<const char *> pointers;
  for (const std::string &argument : arguments)
    pointers.push_back(argument.c_str());

  // What the driver does not know is gcc's, and has no bearing on the source.
  clang::IgnoringDiagConsumer ignored;
  clang::CreateInvocationOptions options;
  options.Diags = clang::CompilerInstance::createDiagnostics(new clang::DiagnosticOptions, &ignored,
                                                             /*ShouldOwnClient=*/false);
  options.VFS = run.files_;
  options.RecoverOnError = true;
  run.invocation_ = clang::createInvocation(pointers, std::move(options));
  if (!run.invocation_)
    return llvm::createStringError(
        fmt::format("{}: its compile command makes no sense to Clang", unit.command.file));
  run.invocation_->getFrontendOpts().DisableFree = false;
  // Else it counts its errors on the terminal.
  run.invocation_->getDiagnosticOpts().ShowCarets = false;
  return run;
}

std::vector<std::string> FrontEnd::arguments() const { return invocation_->getCC1CommandLine(); }

llvm::Error FrontEnd::run(std::unique_ptr<clang::FrontendAction> action) {
  ErrorCollector errors(unit_.tree.root);
  clang::CompilerInstance compiler;
  compiler.setInvocation(std::make_shared<clang::CompilerInvocation>(*invocation_));
  compiler.createDiagnostics(&errors, /*ShouldOwnClient=*/false);
  compiler.createFileManager(files_);
  compiler.createSourceManager(compiler.getFileManager());
  NumberedAction numbered(std::move(action), unit_, *files_);
  if (!compiler.ExecuteAction(numbered) || compiler.getDiagnostics().hasErrorOccurred())
    return llvm::createStringError(errors.text().empty()
                                       ? fmt::format("{}: cannot be compiled\n", unit_.command.file)
                                       : errors.text());
  return llvm::Error::success();
}

llvm::Error runFrontEnd(const UnitState &unit, std::unique_ptr<clang::FrontendAction> action) {
  auto run = FrontEnd::create(unit);
  if (!run)
    return run.takeError();
  return run->run(std::move(action));
}

} // namespace suture::builder
