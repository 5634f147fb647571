// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/plan/plan.h"

#include <string>
#include <vector>

namespace suture::builder {

struct LinkRequest {
  const Plan &plan;
  /// For `.suture.diff`: the text that the payload was built from; "": none.
  std::string diff;
  /// For `.suture.report`: JSON; "": none.
  std::string report;
};

struct LinkResult {
  /// The payload file; empty where something was refused.
  std::string payload;
  std::vector<uint8_t> buildId;
  /// Bytes of text and of constants that the target must allocate.
  uint64_t textSize = 0, constantSize = 0, dataSize = 0;
  std::vector<Refusal> refusals;
};

/// Lays the plan out as a payload file. The same request gives the same bytes. The plan must have
/// no refusals.
LinkResult linkPayload(const LinkRequest &request);

/// Sections of a finished payload and the symbols in it, as text.
std::string dump(const LinkResult &result);

} // namespace suture::builder
