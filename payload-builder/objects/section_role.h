// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/elf_file.h"

#include <optional>
#include <span>
#include <string_view>

namespace suture::builder {

/// Why a section's contents matter, decided by its name and flags.
enum class SectionRole {
  /// Code that can be patched.
  Text,
  /// Code that is gone, or may not be patched: `.init.text`, `.text.unpatchable`.
  InitText,
  UnpatchableText,
  /// Constants: `.rodata*`, `.data.rel.ro*`.
  Constant,
  /// Writable data with an initial value, and zero-initialised data.
  Writable,
  Zero,
  PerCpu,
  /// Data that boot discards.
  InitData,
  /// Tables that go with functions; code_tables.h knows their entries.
  Special,
  /// `.init_array`, constructors.
  Constructor,
  ThreadLocal,
  /// Not ALLOC, or of no meaning for running code (`.eh_frame`, notes).
  Ignored,
  /// ALLOC, and none of the above.
  Unknown,
};

/// Of a section by itself.
SectionRole roleOf(const ElfSection &section);

/// The section's name without that of the symbol for which the compiler made it, where it was made
/// for one of these: `.text` for `.text.startup` of a function `startup`.
std::optional<std::string_view> withoutOwnName(std::string_view section,
                                               std::span<const std::string_view> symbols);

/// Of what a section has under one of these names.
SectionRole roleOf(ElfSection section, std::span<const std::string_view> symbols);

} // namespace suture::builder
