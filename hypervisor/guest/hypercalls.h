// SPDX-License-Identifier: Apache-2.0
#pragma once
// Finding a hypercall's handler.

#include "hypervisor/guest/hypercall.h"

namespace suture::hv {

/// Calls the handler of that number; hypercall_error::notSupported when there is none.
int64_t callHypercall(uint64_t number, HypercallContext &context);

} // namespace suture::hv
