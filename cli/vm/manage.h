// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/vm/instance.h"

#include <chrono>
#include <nlohmann/json.hpp>

namespace suture::vm {

/// Asks the process that keeps a VM: "status" or "stop".
/// Errors: Unreachable, TryAgain (no answer within `bound`), Protocol.
client::Expected<nlohmann::json> askManager(const InstancePaths &paths, std::string_view command,
                                            std::chrono::milliseconds bound);

} // namespace suture::vm
