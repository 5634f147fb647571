// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs/action.h"

#include "cli/client/names.h"

#include <algorithm>
#include <cerrno>
#include <thread>

namespace suture::verbs {

using client::Call;
using client::Clock;
using client::ErrorKind;
using client::escaped;
using client::Expected;
using client::failure;
using format::ActionKind;
using format::PayloadState;

namespace {

PayloadState stateBefore(ActionKind kind) {
  return kind == ActionKind::Revert ? PayloadState::Applied : PayloadState::Checked;
}

/// Stock Xen answers 0 to an action that the payload's state does not allow, and does nothing.
Expected<void> checkState(const Call &call, std::string_view name, ActionKind kind) {
  auto status = client::get(call, name);
  if (!status)
    return std::unexpected(status.error());
  if (status->underWay() || status->state == stateBefore(kind))
    return {};
  const bool applied = status->state == PayloadState::Applied;
  const char *advice = !applied                     ? "is not applied"
                       : kind == ActionKind::Unload ? "is applied: revert it first"
                                                    : "is already applied";
  return failure(ErrorKind::Refused, EINVAL, escaped(name) + " " + advice);
}

/// Whether some action is under way; where that cannot be found out, it may be.
bool somethingUnderWay(const Call &call) {
  auto listing = client::list(call, {.details = false});
  return !listing || std::ranges::any_of(listing->payloads, [](const client::ListedPayload &other) {
    return other.result == -EAGAIN;
  });
}

/// Asks for the action. EBUSY can mean that another action is under way, which passes, or that
/// something else has to be done first (payloads on top, one on probation, one linked to this),
/// which does not. When nothing is under way and a second request says EBUSY too, it is the latter.
Expected<void> request(const Call &call, std::string_view name,
                       const client::ActionOptions &options) {
  auto asked = client::act(call, name, options);
  for (int tries = 0; tries < 2; ++tries) {
    if (asked || asked.error().errnoValue != EBUSY || somethingUnderWay(call))
      return asked;
    if (tries == 0)
      asked = client::act(call, name, options);
  }
  asked.error().kind = ErrorKind::Refused;
  return asked;
}

/// The error that a finished action left in the payload's status.
std::unexpected<client::ClientError> resultError(const client::Status &status) {
  // EBUSY as a *result*: the request was taken, and not all CPUs came in time.
  auto error = client::hypervisorError({status.result, status.reason});
  if (status.result == -EBUSY && status.reason.empty())
    error.error().reason =
        "not all CPUs stopped in time; nothing was changed (--timeout allows more)";
  return error;
}

Expected<std::optional<PayloadState>> waitForResult(const Call &call, std::string_view name,
                                                    ActionKind kind, client::Deadline deadline) {
  std::chrono::milliseconds pause{1};
  while (true) {
    auto status = client::get(call, name);
    if (!status && kind == ActionKind::Unload && status.error().errnoValue == ENOENT)
      return std::nullopt;
    if (!status)
      return std::unexpected(status.error());
    if (!status->underWay()) {
      if (status->result < 0)
        return resultError(*status);
      if (kind == ActionKind::Unload)
        return std::nullopt; // somebody has uploaded another under this name already
      if (status->state == stateBefore(kind))
        return failure(ErrorKind::Refused, EINVAL,
                       escaped(name) + ": the hypervisor reports success, but the payload's state "
                                       "has not changed");
      return status->state;
    }
    if (Clock::now() >= deadline)
      return failure(ErrorKind::TryAgain, ETIMEDOUT,
                     escaped(name) + ": the action is still under way; see `suture get`");
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds{50});
  }
}

std::optional<client::Detail> detailOf(const Call &call, std::string_view name) {
  auto detail = client::detail(call, name);
  // The action is done; its times are an extra.
  return detail ? std::optional(std::move(*detail)) : std::nullopt;
}

} // namespace

Expected<ActionResult> perform(const Call &call, std::string_view name,
                               const client::ActionOptions &options,
                               std::chrono::milliseconds waitBound) {
  SUTURE_CLIENT_TRY(checkState(call, name, options.kind));
  SUTURE_CLIENT_TRY(request(call, name, options));
  auto state = waitForResult(call, name, options.kind, Clock::now() + waitBound);
  if (!state)
    return std::unexpected(std::move(state).error());
  return ActionResult{*state, *state ? detailOf(call, name) : std::nullopt};
}

std::string_view wordFor(ActionKind kind) {
  switch (kind) {
  case ActionKind::Unload:
    return "unload";
  case ActionKind::Revert:
    return "revert";
  case ActionKind::Apply:
    return "apply";
  case ActionKind::Replace:
    return "replace";
  }
  return "";
}

std::string_view pastWordFor(ActionKind kind) {
  switch (kind) {
  case ActionKind::Unload:
    return "unloaded";
  case ActionKind::Revert:
    return "reverted";
  case ActionKind::Apply:
    return "applied";
  case ActionKind::Replace:
    return "applied in place of all others";
  }
  return "";
}

std::string_view wordFor(PayloadState state) {
  return state == PayloadState::Applied ? "APPLIED" : "CHECKED";
}

} // namespace suture::verbs
