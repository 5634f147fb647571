// SPDX-License-Identifier: Apache-2.0
#pragma once
// The verbs that only look.

#include "cli/client/listing.h"
#include "cli/verbs/context.h"

#include <string>

namespace suture::verbs {

client::Expected<void> runList(Context &context);
client::Expected<void> runGet(Context &context, const std::string &name);

/// The table of `suture list`.
std::string renderListing(const client::Listing &listing);

/// What a payload depends on, as a reader wants it: a payload's name, "hypervisor", or a build-id
/// that nothing here has.
std::string dependsText(const client::Listing &listing, const client::Detail &detail);

} // namespace suture::verbs
