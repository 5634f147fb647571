// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/payload_file.h"
#include "payload-builder/support/refusal.h"
#include "payload-builder/support/target_image.h"

#include <llvm/Support/Error.h>
#include <string>
#include <vector>

namespace suture::builder {

struct LowerStack {
  /// From the bottom of the stack up.
  std::vector<PayloadFile> payloads;
  std::vector<Refusal> refusals;
};

/// Orders payload files by what they depend on. What one of them depends on and is not among them
/// is looked for, by build-id, among the `.livepatch` files in its own folder. Errors: a file that
/// cannot be read as a payload.
llvm::Expected<LowerStack> readLowerStack(const TargetImage &image,
                                          const std::vector<std::string> &paths);

} // namespace suture::builder
