// SPDX-License-Identifier: Apache-2.0
#pragma once
// Why Xen said no, where its log does not say it: what an errno means for which operation, and what
// can be seen in the payload itself.

#include "runtime/format/control.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace suture::xen {

/// A sentence for a negated errno that Xen gave at once for `op`; empty where none fits.
std::string explainErrno(const format::LivepatchOp &op, int result);

/// A sentence for a negated errno that a finished action left behind; empty where none fits.
std::string explainResult(int result);

/// What is wrong with a payload that Xen refused: its ELF structure, or the hypervisor that it was
/// built for. Empty where nothing of that kind is.
/// \param buildId  Xen's.
std::string explainPayload(std::span<const std::byte> payload, std::span<const uint8_t> buildId);

} // namespace suture::xen
