// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/client_error.h"

#include <string>

namespace suture::xen {

/// Why this system cannot talk to a Xen below it, as far as its own files tell; empty where nothing
/// is wrong.
/// \param root  where /proc, /sys and /dev are; "" on a running system.
std::string explainSurroundings(const std::string &root, int openErrno);

} // namespace suture::xen
