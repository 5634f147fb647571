// SPDX-License-Identifier: Apache-2.0
#pragma once
// Headers that the assembler reads for itself while it assembles what the compiler wrote.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/units/changed_names.h"

#include <llvm/ADT/StringRef.h>
#include <string>
#include <vector>

namespace suture::builder {

/// Whether a file's text has macros of the assembler.
bool hasAssemblerMacros(llvm::StringRef text);

/// Names of the files, without folders, that `.include` directives in a text name.
std::vector<std::string> assemblerIncludes(llvm::StringRef text);

/// Macros of the assembler that expand to something else in two states of a file, and those that
/// use them. Complete where every changed line lies in one. Its lines are the whole file: what
/// counts is use elsewhere.
ChangedNames changedAssemblerMacros(llvm::StringRef base, llvm::StringRef patched);

} // namespace suture::builder
