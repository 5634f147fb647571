// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/payload_file.h"
#include "payload-builder/support/refusal.h"
#include "payload-builder/support/target_image.h"

#include <span>
#include <string>
#include <vector>

namespace suture::builder {

struct VerifyLoadRequest {
  const TargetImage &image;
  /// Payloads under the one in question, from the bottom of the stack up; applied before it.
  std::span<const PayloadFile> lowers;
  const PayloadFile &payload;
};

/// Loads, applies and reverts the payload with the runtime's own code against the target's ELF, as
/// the running hypervisor would: symbols resolve, relocations reach, notes and sizes hold,
/// dependencies and expectations match. What the runtime refuses comes back with its reason.
std::vector<Refusal> verifyLoad(const VerifyLoadRequest &request);

} // namespace suture::builder
