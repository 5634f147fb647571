// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/source_location.h"

#include <string>
#include <vector>

namespace clang {
class Preprocessor;
}

namespace suture::builder {

/// Something in a unit's text that code generation may hang on, and that Clang's AST does not have:
/// a pragma, an attribute that only another compiler knows, a name given to the assembler.
struct Setting {
  std::string text;
  SourceLocation location;
};

/// Watches a preprocessor for pragmas and attributes, but those that change no code, or that the
/// AST has. The argument and its owner outlive the run.
/// \param settings  what is found goes there, in the order of the text.
void watchSettings(clang::Preprocessor &preprocessor, const std::string &root,
                   std::vector<Setting> &settings);

} // namespace suture::builder
