// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/client_error.h"

#include <span>
#include <string>

namespace suture::verbs {

/// The path of `suture-build`: beside this program, in the build tree's place for it, or on PATH.
/// Errors: Failed (nowhere).
client::Expected<std::string> findBuilder();

/// Replaces this process by `suture-build` with the same arguments.
/// \param arguments  the verb and what follows it.  \returns only on failure.
client::ClientError execBuilder(std::span<char *const> arguments);

} // namespace suture::verbs
