// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/elf_file.h"

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

SectionRole roleOf(const ElfSection &section);

} // namespace suture::builder
