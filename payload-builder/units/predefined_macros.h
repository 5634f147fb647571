// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a compiler defines before the first line, by which source tells who compiles it.

#include "payload-builder/support/unit.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace suture::builder {

/// Macros by name (and parameters), with what they stand for.
using PredefinedMacros = std::map<std::string, std::string>;

/// Of the compiler that a command names, with those of its flags that bear on them; from the
/// compiler itself, once for each such set. nullopt: it cannot be asked here. Thread-safe. The
/// result lives as long as the program.
const std::optional<PredefinedMacros> &predefinedMacros(const CompileCommand &command,
                                                        Language language);

/// Reads `#define` lines up to the first that says that the command line's follow, as Clang's
/// preprocessor has it.
PredefinedMacros parsePredefinedMacros(std::string_view text);

} // namespace suture::builder
