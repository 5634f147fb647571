// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/verbs/action.h"
#include "cli/verbs/context.h"

namespace suture::verbs {

/// What to ask `target` for, with its default time-out where the user named none.
client::ActionOptions actionOptions(const target::Target &target, format::ActionKind kind,
                                    const WaitOptions &wait);

/// Does an action and reports its result. On probation under a hypervisor that keeps no watch, it
/// leaves a process behind that does.
/// Errors: as perform().
client::Expected<void> actAndReport(Context &context, const target::Target &target,
                                    std::string_view name, const client::ActionOptions &options,
                                    const WaitOptions &wait);

/// Ends a payload's probation, whoever watches it.
/// Errors: Refused (it is not on probation).
client::Expected<void> confirmPayload(const Context &context, const target::Target &target,
                                      std::string_view name);

} // namespace suture::verbs
