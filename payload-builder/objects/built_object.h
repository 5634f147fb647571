// SPDX-License-Identifier: Apache-2.0
#pragma once
// The object that the build left behind, as a witness that a unit's code is the same.

#include "payload-builder/support/elf_file.h"
#include "payload-builder/support/unit.h"

#include <optional>

namespace suture::builder {

/// The object that the build left for a command, if its dependency file is there and nothing that
/// this names is newer; nullopt: there is none that could be trusted.
std::optional<ElfFile> openBuiltObject(const CompileCommand &command);

/// Whether two relocatable objects put the same into memory: all allocated sections but notes, in
/// order, with their relocations and the symbols in them. Source file names and debug information
/// have no part in it. False where a relocation cannot be read.
bool areSameInMemory(const ElfFile &a, const ElfFile &b);

} // namespace suture::builder
