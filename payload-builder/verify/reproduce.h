// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/compare_objects.h"
#include "payload-builder/support/payload_file.h"
#include "payload-builder/support/target_image.h"

#include <functional>
#include <llvm/Support/Error.h>
#include <span>
#include <vector>

namespace suture::builder {

struct ReproduceRequest {
  const TargetImage &image;
  const ObjectsResult &objects;
  std::span<const PayloadFile> lowers;
  /// Compiles a unit's base with exactly the recorded flags; called only where the object with a
  /// section for each function differs from the target in more than the width of jumps and padding.
  /// Thread-safe.
  std::function<llvm::Expected<ObjectModel>(const UnitObjects &unit)> compileExactly;
};

/// Proves that this source and this compiler make the bytes that run in the target: compares the
/// base code of every function, and every constant, of each unit that code in the payload comes
/// from with the target's (or with that of the payload underneath which replaced it last). One
/// refusal for each unit that differs, which names the first difference.
/// Errors: as compileExactly.
llvm::Expected<std::vector<Refusal>> reproduce(const ReproduceRequest &request);

} // namespace suture::builder
