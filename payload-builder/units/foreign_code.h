// SPDX-License-Identifier: Apache-2.0
#pragma once
// Code that Clang skips because it is Clang: `#ifndef __clang__`, `#if __GNUC__ >= 12`.

#include "payload-builder/units/front_end.h"
#include "payload-builder/units/token_hash.h"

#include <functional>
#include <llvm/ADT/StringSet.h>

namespace clang {
class Preprocessor;
}

namespace suture::builder {

/// Lines of a branch that Clang does not take, under a condition that the unit's own compiler may
/// answer in another way.
struct ForeignCode {
  /// Of their tokens and of the macros that they name: white space and comments have no part in it.
  TokenHash hash = {};
  clang::SourceLocation place;
  /// Identifiers in these lines and those macros: code there may use what goes by such a name.
  llvm::StringSet<> names;
};

/// Watches a preprocessor for such lines, in the order of the text. Nothing is found where the
/// unit's compiler predefines what Clang does. \param unit  outlives the run, as what `found`
/// refers to.
void watchForeignCode(clang::Preprocessor &preprocessor, const UnitState &unit,
                      std::function<void(const ForeignCode &code)> found);

} // namespace suture::builder
