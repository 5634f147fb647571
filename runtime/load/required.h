// SPDX-License-Identifier: Apache-2.0
#pragma once
// The sections that a payload must have (checks 37, 38).

#include "runtime/elf/elf_file.h"

namespace suture {

/// `.livepatch.depends` and `.note.gnu.build-id` are there and not empty; at least one of
/// `.livepatch.funcs` and the hooks is there, and none of those that are is empty.
/// Errors: SectionMissing, SectionEmpty, NothingToPatch, PatchSectionEmpty.
[[nodiscard]] Result<> checkRequiredSections(const ElfFile &file) noexcept;

} // namespace suture
