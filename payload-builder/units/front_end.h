// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs Clang's front end on one unit in one state of the source tree.

#include "payload-builder/support/source_location.h"
#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"

#include <clang/Basic/SourceLocation.h>
#include <clang/Frontend/FrontendAction.h>
#include <llvm/Support/Error.h>
#include <memory>
#include <string>

namespace clang {
class SourceManager;
}

namespace suture::builder {

/// A unit in a state of its tree. Refers to both.
struct UnitState {
  const SourceTree &tree;
  const CompileCommand &command;
  Language language;
  TreeState state;
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
