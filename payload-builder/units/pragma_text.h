// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace clang {
class Preprocessor;
}

namespace suture::builder {

/// What follows the word `pragma`, or is in the string of `_Pragma`, macros replaced there,
/// trimmed. Context: clang::PPCallbacks::PragmaDirective() for one of these two.
std::string pragmaText(const clang::Preprocessor &preprocessor);

} // namespace suture::builder
