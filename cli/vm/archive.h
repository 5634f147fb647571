// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/client_error.h"

#include <string>
#include <vector>

namespace suture::vm {

/// Names of the guests in an archive (cpio, newc): the file names of its regular files, in order.
/// Errors: Failed (cannot be read), Refused (not such an archive; a name that no console can have).
client::Expected<std::vector<std::string>> guestNames(const std::string &path);

} // namespace suture::vm
