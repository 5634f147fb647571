// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command_line.h"

namespace suture {

/// Describes `suture vm start | status | console | stop` to `app`, as describeVerbs().
void describeVmVerbs(CLI::App &app, Command &command);

} // namespace suture
