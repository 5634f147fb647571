// SPDX-License-Identifier: Apache-2.0
#pragma once
// `suture xen-agent`, the program that a dom0 of `suture vm start --xen` runs: it carries the
// frames that come in over a virtio port to Xen, so that the host can use all verbs.

#include "cli/client/client_error.h"

#include <string>

namespace suture::xen {

/// The device of the virtio port of that name, once it is there.
/// Errors: Failed (none within a few seconds).
client::Expected<std::string> findPort(const std::string &name);

/// Serves frames on `device` until the power button is pressed.
/// Errors: Failed (the device cannot be used). A Xen that cannot be reached is no error: each
/// request is answered with the reason.
client::Expected<void> runAgent(const std::string &device);

} // namespace suture::xen
