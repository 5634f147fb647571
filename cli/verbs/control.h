// SPDX-License-Identifier: Apache-2.0
#pragma once
// The verbs that change something in the hypervisor.

#include "cli/client/livepatch.h"
#include "cli/verbs/context.h"

#include <string>
#include <vector>

namespace suture::verbs {

struct ActArguments {
  std::string name;
  bool nodeps = false;
  std::optional<std::chrono::milliseconds> probation;
  WaitOptions wait;
};

struct LoadArguments {
  std::string file;
  /// Absent: the file's name without its last extension.
  std::optional<std::string> name;
  bool nodeps = false;
  std::optional<std::chrono::milliseconds> probation;
  WaitOptions wait;
};

struct UnloadArguments {
  std::vector<std::string> names;
  /// All payloads that are not applied.
  bool all = false;
  WaitOptions wait;
};

client::Expected<void> runUpload(Context &context, const std::string &name,
                                 const std::string &file);
/// Upload and apply; a payload that cannot be applied is unloaded again.
client::Expected<void> runLoad(Context &context, const LoadArguments &arguments);
client::Expected<void> runAction(Context &context, format::ActionKind kind,
                                 const ActArguments &arguments);
client::Expected<void> runConfirm(Context &context, const std::string &name);
/// Tries each name, says what failed, and fails with the first error.
client::Expected<void> runUnload(Context &context, const UnloadArguments &arguments);

} // namespace suture::verbs
