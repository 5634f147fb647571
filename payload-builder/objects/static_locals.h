// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/object_model.h"

#include <llvm/Support/Error.h>
#include <map>
#include <string>

namespace suture::builder {

/// By piece: what a static local is in the source, `function/variable`. The compiler's own record:
/// empty where the object has no debug information.
using StaticLocals = std::map<PieceIndex, std::string>;

/// Errors: debug information that cannot be read.
llvm::Expected<StaticLocals> readStaticLocals(const ObjectModel &object);

} // namespace suture::builder
