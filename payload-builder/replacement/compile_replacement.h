// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/compare_objects.h"

#include <llvm/Support/Error.h>
#include <string>
#include <vector>

namespace suture::builder {

struct CompileReplacementRequest {
  /// Source files, as the user names them.
  std::vector<std::string> sources;
  /// The compiler; C and C++ are told by the file's name.
  std::string compiler;
  /// Added to the compiler's flags.
  std::vector<std::string> flags;
};

/// Compiles hand-written payload sources for the payload ABI, with <suture/payload.h> at hand.
/// Errors: no such file or compiler; what does not compile, with the compiler's message.
llvm::Expected<ObjectsResult> compileReplacements(const CompileReplacementRequest &request);

} // namespace suture::builder
