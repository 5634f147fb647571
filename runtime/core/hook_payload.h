// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a payload's hooks are given. Load and unload hooks take no argument and ignore it.

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace suture {

/// Argument of the pre, post, apply and revert hooks. The core fills it before each call; it is
/// valid until the hook returns.
struct HookPayload {
  /// sizeof(HookPayload): later versions only grow.
  uint32_t size;
  /// post hooks: the action's result, 0 or a negated errno. Else 0.
  int32_t result;
  /// Name of the payload.
  const char *name;
  /// apply hook: writes this payload's jumps, as would have been done without the hook; 0. May be
  /// called once. Null in other hooks.
  int32_t (*applyFunctions)(HookPayload *self);
  /// revert hook: puts the old bytes back; 0. May be called once. Null in other hooks.
  int32_t (*revertFunctions)(HookPayload *self);
  /// The core's own.
  void *context;
};
static_assert(std::is_standard_layout_v<HookPayload> && sizeof(HookPayload) == 40);
static_assert(offsetof(HookPayload, name) == 8 && offsetof(HookPayload, applyFunctions) == 16 &&
              offsetof(HookPayload, revertFunctions) == 24);

} // namespace suture
