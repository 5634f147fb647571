// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs Clang's front end on one unit in one state of the source tree.

#include "payload-builder/support/source_location.h"
#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"
#include "payload-builder/units/tree_file_system.h"

#include <clang/Basic/SourceLocation.h>
#include <clang/Frontend/FrontendAction.h>
#include <llvm/Support/Error.h>
#include <memory>
#include <string>
#include <vector>

namespace clang {
class CompilerInvocation;
class SourceManager;
} // namespace clang

namespace suture::builder {

/// A unit in a state of its tree. Refers to both.
struct UnitState {
  const SourceTree &tree;
  const CompileCommand &command;
  Language language;
  TreeState state;
  /// Which of the tree's files count as changed, sorted; nullptr: all that the diff changes.
  const std::vector<std::string> *changedFiles = nullptr;
};

/// Runs of the front end on one unit: what the compiler is told is known before it starts.
class FrontEnd final {
public:
  /// Makes out the arguments. \param unit  outlives the run. Errors: they make no sense to Clang.
  static llvm::Expected<FrontEnd> create(const UnitState &unit);
  FrontEnd(FrontEnd &&);
  ~FrontEnd();

  /// The compiler's own arguments: with everything else that is read, they determine the outcome.
  std::vector<std::string> arguments() const;
  /// The files as this unit sees them.
  TreeFileSystem &files() { return *files_; }

  /// As runFrontEnd().
  llvm::Error run(std::unique_ptr<clang::FrontendAction> action);

private:
  FrontEnd(const UnitState &unit, llvm::IntrusiveRefCntPtr<TreeFileSystem> files);

  const UnitState unit_;
  llvm::IntrusiveRefCntPtr<TreeFileSystem> files_;
  std::shared_ptr<clang::CompilerInvocation> invocation_;
};

/// Runs an action; what it finds goes where it was told to put it. `__LINE__` of a line that the
/// diff leaves alone is that of the base text, in either state. Thread-safe: nothing is shared
/// between runs. Errors: the compiler's messages, with files as the user knows them and lines of
/// the state's text.
llvm::Error runFrontEnd(const UnitState &unit, std::unique_ptr<clang::FrontendAction> action);

/// A place in the state's text, by the file's path in the tree.
/// \param place  a file location, or in a macro: then where the macro is used.
SourceLocation locationOf(const clang::SourceManager &sources, clang::SourceLocation place,
                          const std::string &root);

} // namespace suture::builder
