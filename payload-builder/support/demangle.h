// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace suture::builder {

/// A symbol's name as the source has it: C++ names demangled, clone suffixes kept
/// (`hv::f(int) [clone .cold]`), any other name as it is.
std::string demangle(std::string_view symbolName);

/// The same without parameters and result, for lists: `hv::f`.
std::string shortName(std::string_view symbolName);

} // namespace suture::builder
