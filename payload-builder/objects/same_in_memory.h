// SPDX-License-Identifier: Apache-2.0
#pragma once
// A change to a header that every unit sees asks for hundreds of units to be compiled twice, with a
// section for each function, to find the few whose code differs. The build has left their base
// objects, made with exactly the recorded flags; one more compile with these flags in the patched
// state says for most of them that nothing differs at all.

#include "payload-builder/support/elf_file.h"

#include <string_view>

namespace suture::builder {

/// Whether two relocatable objects put the same into memory: all allocated sections but notes, in
/// order, with their relocations and the symbols in them. Source file names and debug information
/// have no part in it. False where a relocation cannot be read.
bool areSameInMemory(const ElfFile &a, const ElfFile &b);

/// A symbol's name; "" for a label of the assembler's own (`.L12`), which stays in an object where
/// a reference leads into merged strings, and which macros number anew. Its place counts alone.
std::string_view nameThatCounts(const ElfSymbol &symbol);

} // namespace suture::builder
