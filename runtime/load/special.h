// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sections whose entries concern the target's own machinery: alternatives, alternative calls, bug
// frames, exception tables (checks 50, 51, 53).

#include "runtime/load/layout.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace suture {

/// One kind of special section: its name and the size of its entries.
struct SpecialKindRow {
  std::string_view name;
  SpecialKind kind;
  uint32_t index;
  uint64_t entrySize;
};

/// In the order in which they are checked and attached. Source: Xen xen/arch/x86/include/asm/
/// alternative.h, bug.h, uaccess.h (the sizes of their entries on x86-64).
inline constexpr std::array<SpecialKindRow, 7> specialKinds{{
    {".bug_frames.0", SpecialKind::BugFrames, 0, 8},
    {".bug_frames.1", SpecialKind::BugFrames, 1, 8},
    {".bug_frames.2", SpecialKind::BugFrames, 2, 8},
    {".bug_frames.3", SpecialKind::BugFrames, 3, 8},
    {".altinstructions", SpecialKind::Alternatives, 0, 14},
    {".alt_call_sites", SpecialKind::AlternativeCalls, 0, 4},
    {".ex_table", SpecialKind::ExceptionTable, 0, 8},
}};

/// A special section that the payload has and that passed its checks.
struct FoundSpecial {
  uint32_t section = 0;
  SpecialSection handOver;
};

/// Finds the section of `row`; nothing when there is none or it is empty (which is tolerated).
/// Errors: SpecialSizeNotMultiple, AlternativesWithoutText, AlternativesWithoutReplacement,
/// AlternativeOriginOutside, AlternativeReplacementOutside, AlternativeCallOutside,
/// AlternativeCallBadInstruction.
[[nodiscard]] Result<std::optional<FoundSpecial>> findSpecial(const PlacedSections &sections,
                                                              const SpecialKindRow &row) noexcept;

/// The error for what a platform answered.
[[nodiscard]] Error specialError(SpecialError why, uint32_t section,
                                 std::string_view name) noexcept;

} // namespace suture
