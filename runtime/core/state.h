// SPDX-License-Identifier: Apache-2.0
#pragma once
// The states of a payload and what leads from one to the other: one table, mirrored in
// docs/control-interface.md.

#include "runtime/format/control.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace suture {

enum class State : uint8_t {
  /// Loaded, checked, not in use.
  Checked,
  /// Its jumps are written; it is on the stack.
  Applied,
  /// Unloaded: its name is free again.
  Gone,
};

using Action = format::ActionKind;

inline constexpr std::array allActions{Action::Unload, Action::Revert, Action::Apply,
                                       Action::Replace};

struct Transition {
  State from;
  Action action;
  State to;
};

/// Every transition that there is; any other pair of state and action is refused.
inline constexpr std::array transitions{
    Transition{State::Checked, Action::Unload, State::Gone},
    Transition{State::Checked, Action::Apply, State::Applied},
    Transition{State::Checked, Action::Replace, State::Applied},
    Transition{State::Applied, Action::Revert, State::Checked},
};

/// The state after `action`, or nothing where the action is refused in `from`.
[[nodiscard]] constexpr std::optional<State> nextState(State from, Action action) noexcept {
  for (const Transition &transition : transitions)
    if (transition.from == from && transition.action == action)
      return transition.to;
  return std::nullopt;
}

/// A number from outside as an action; nothing for one that there is not.
[[nodiscard]] constexpr std::optional<Action> actionFrom(uint32_t number) noexcept {
  for (Action action : allActions)
    if (static_cast<uint32_t>(action) == number)
      return action;
  return std::nullopt;
}

[[nodiscard]] constexpr std::string_view stateName(State state) noexcept {
  switch (state) {
  case State::Checked:
    return "checked";
  case State::Applied:
    return "applied";
  case State::Gone:
    return "gone";
  }
  return "";
}

[[nodiscard]] constexpr std::string_view actionName(Action action) noexcept {
  switch (action) {
  case Action::Unload:
    return "unload";
  case Action::Revert:
    return "revert";
  case Action::Apply:
    return "apply";
  case Action::Replace:
    return "replace";
  }
  return "";
}

} // namespace suture
