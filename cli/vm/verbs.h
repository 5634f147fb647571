// SPDX-License-Identifier: Apache-2.0
#pragma once
// `suture vm start | status | console | stop`.

#include "cli/client/interrupt.h"
#include "cli/output/report.h"
#include "cli/vm/start.h"

#include <string>

namespace suture::vm {

struct ConsoleOptions {
  std::string instance = defaultInstance;
  /// A guest's name, or "hv" for the hypervisor's serial log; empty if there is only one guest.
  std::string guest;
  /// Goes on as long as the VM runs.
  bool follow = false;
};

client::Expected<void> runStart(output::Report &report, StartOptions options);
client::Expected<void> runStatus(output::Report &report, const std::string &instance);
client::Expected<void> runConsole(output::Report &report, const ConsoleOptions &options);
client::Expected<void> runStop(output::Report &report, const std::string &instance);

} // namespace suture::vm
