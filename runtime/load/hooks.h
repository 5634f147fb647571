// SPDX-License-Identifier: Apache-2.0
#pragma once
// The hook sections of a payload.

#include "runtime/address.h"
#include "runtime/load/layout.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace suture {

/// The hooks of which a payload has at most one, in the order of the sections below.
enum class SingleHook : uint8_t { PreApply, Apply, PostApply, PreRevert, Revert, PostRevert };

inline constexpr size_t singleHookCount = 6;

/// Addresses of a payload's hooks; 0 for none.
struct Hooks {
  std::array<HvVirt, singleHookCount> single{};
  /// Run in order while stopped, before the jumps are written.
  std::span<const HvVirt> load;
  /// Run in order while stopped, after the jumps are gone.
  std::span<const HvVirt> unload;

  [[nodiscard]] HvVirt of(SingleHook hook) const noexcept {
    return single[static_cast<uint8_t>(hook)];
  }
  [[nodiscard]] bool has(SingleHook hook) const noexcept { return of(hook).value != 0; }
  /// A pre or post hook: what REPLACE cannot run for a whole stack.
  [[nodiscard]] bool hasVetoing() const noexcept {
    return has(SingleHook::PreApply) || has(SingleHook::PostApply) || has(SingleHook::PreRevert) ||
           has(SingleHook::PostRevert);
  }
};

/// A hook section as it lies in the payload's memory; `section` is 0 when there is none.
struct HookSection {
  uint32_t section = 0;
  uint32_t count = 0;
  std::string_view name;
};

/// Section name of a single hook.
[[nodiscard]] std::string_view hookSectionName(SingleHook hook) noexcept;

/// Finds `.livepatch.hooks.load` or `.unload`. Errors: HookSizeNotMultiple (check 46).
[[nodiscard]] Result<HookSection> findHookList(const PlacedSections &sections,
                                               std::string_view name) noexcept;

/// Finds the section of a single hook. Errors: HookSizeWrong (check 46).
[[nodiscard]] Result<HookSection> findSingleHook(const PlacedSections &sections,
                                                 SingleHook hook) noexcept;

/// The address in slot `index` of a hook section.
[[nodiscard]] HvVirt hookAt(const PlacedSections &sections, const HookSection &section,
                            uint32_t index) noexcept;

} // namespace suture
