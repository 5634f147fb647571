// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/unit_compiler.h"
#include "payload-builder/support/refusal.h"
#include "payload-builder/support/unit.h"

#include <llvm/Support/Error.h>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace suture::builder {

/// Assembles units in both states and compares what they put into memory. Of each unit, in order:
/// nullopt where it is the same, else why that cannot be patched.
/// Errors: as UnitCompiler::assemble().
llvm::Expected<std::vector<std::optional<Refusal>>> compareAssembly(const UnitCompiler &compiler,
                                                                    std::span<const Unit> units);

/// Where two objects begin to differ in memory.
struct AssemblyDifference {
  /// The symbol at or before the first difference; "" where there is none.
  std::string symbol;
  /// Each section that differs, and from where on.
  std::string places;
  /// Only code and data that are gone after boot differ.
  bool isInitOnly = false;
};

/// \param base, patched  not the same in memory (same_in_memory.h).
AssemblyDifference describeDifference(const ElfFile &base, const ElfFile &patched);

} // namespace suture::builder
