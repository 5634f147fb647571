// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/object_model.h"

#include <llvm/Support/Error.h>
#include <map>
#include <string>

namespace suture::builder {

/// What a static local is in the source.
struct StaticLocal {
  /// `function/variable`.
  std::string name;
  /// Where it is declared, as `#line` has it.
  unsigned line = 0;
};

/// By piece. The compiler's own record: empty where the object has no debug information.
using StaticLocals = std::map<PieceIndex, StaticLocal>;

/// Errors: debug information that cannot be read.
llvm::Expected<StaticLocals> readStaticLocals(const ObjectModel &object);

} // namespace suture::builder
