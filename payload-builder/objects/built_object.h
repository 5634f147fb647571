// SPDX-License-Identifier: Apache-2.0
#pragma once
// The object that the build left behind for a unit.

#include "payload-builder/support/elf_file.h"
#include "payload-builder/support/unit.h"

#include <optional>
#include <string>
#include <vector>

namespace suture::builder {

/// What the compiler read for a command, as its dependency file names it; nullopt: there is none.
std::optional<std::vector<std::string>> builtInputs(const CompileCommand &command);

/// The object that the build left for a command, if its dependency file is there and nothing that
/// this names is newer; nullopt: there is none that could be trusted.
std::optional<ElfFile> openBuiltObject(const CompileCommand &command);

} // namespace suture::builder
