// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/listing.h"
#include "cli/output/report.h"
#include "cli/verbs/action.h"

namespace suture::verbs {

/// "state", and where the hypervisor tells them, "stack", "times" and so on.
/// Schema: docs/cli/json.md.
output::Json toJson(const ActionResult &result);
output::Json toJson(const client::Detail &detail);
output::Json toJson(const client::ListedPayload &payload);
output::Json toJson(const client::Listing &listing);

} // namespace suture::verbs
