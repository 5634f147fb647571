// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tables that a hypervisor's code has beside it, and how their sections are cut into pieces.

#include "payload-builder/support/elf_file.h"

#include <cstdint>
#include <llvm/Support/Error.h>
#include <map>
#include <optional>
#include <set>
#include <string_view>

namespace suture::builder {

/// Bytes of an entry of a table whose entries each belong to the function that their first field
/// leads to; nullopt: not such a table, or one whose entries are not known.
std::optional<uint64_t> entrySizeOf(std::string_view sectionName);

/// Whether a section holds code that table entries lead to: `.fixup`, `.altinstr_replacement`.
bool isTableCode(std::string_view sectionName);

/// Offsets at which pieces of a section begin, and its end; by section index.
using TableCuts = std::map<uint32_t, std::set<uint64_t>>;

/// Cuts tables into entries, and table code where entries lead to.
/// Errors: relocations that cannot be read.
llvm::Expected<TableCuts> cutTables(const ElfFile &file);

/// Of a relocated field of a table entry: what to add to the relocation's addend for the address
/// that the entry means. \param field  bytes from the entry's start.
int64_t biasOfTableField(std::string_view sectionName, uint64_t field, int64_t addend);

/// Whether an entry of `.altinstructions` has no code to put in place but NOPs: where its second
/// field leads is of no meaning.
bool hasEmptyReplacement(std::string_view sectionName, std::span<const uint8_t> entry);

/// Bytes of code that an entry has something put in the place of, from where its first field leads
/// on; 0: none, or the entry is of another kind of table.
uint8_t rewrittenBytes(std::string_view sectionName, std::span<const uint8_t> entry);

/// The field of an entry that leads to the function it belongs to.
inline constexpr uint64_t ownerField = 0;
/// The field of `.altinstructions` that leads to the replacement, and that of `.bug_frames.N` with
/// the file's name or the function to call.
inline constexpr uint64_t secondField = 4;

} // namespace suture::builder
