// SPDX-License-Identifier: Apache-2.0
#pragma once
// `--target xen`: the Xen that this domain, dom0, runs on.

#include "cli/client/interrupt.h"
#include "cli/client/livepatch.h"
#include "cli/xen/livepatch_call.h"

namespace suture::xen {

/// Opens the way to Xen.
/// Errors: Failed (no libxencall, no live patching in this Xen, unknown interface version),
/// Unreachable (not on Xen, not in dom0, no privileges), Refused (a security policy).
client::Expected<std::shared_ptr<LivepatchCall>> openXen();

/// The same for a client. `interrupt` may be null; it outlives the call. No operation is begun once
/// the user wants to stop; one that was begun is ended.
client::Expected<client::Call> openXenCall(client::Interrupt *interrupt);

} // namespace suture::xen
