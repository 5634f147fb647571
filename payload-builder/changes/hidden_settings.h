// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/source_location.h"
#include "payload-builder/units/front_end.h"

#include <cstdint>
#include <llvm/ADT/StringSet.h>
#include <string>
#include <vector>

namespace clang {
class Preprocessor;
}

namespace suture::builder {

/// Something in a unit's text that code generation may hang on, and that Clang's AST does not have:
/// a pragma, an attribute that only another compiler knows, a name given to the assembler, lines
/// that only another compiler reads.
struct Setting {
  std::string text;
  SourceLocation location;
  /// Of what the text does not tell.
  uint64_t hash = 0;

  bool isSame(const Setting &other) const { return text == other.text && hash == other.hash; }
};

/// Watches a preprocessor for them, but for pragmas and attributes that change no code, or that the
/// AST has. The arguments outlive the run.
/// \param settings  what is found goes there, in the order of the text.
/// \param foreignNames  identifiers in lines that only another compiler reads.
void watchSettings(clang::Preprocessor &preprocessor, const UnitState &unit,
                   std::vector<Setting> &settings, llvm::StringSet<> &foreignNames);

} // namespace suture::builder
