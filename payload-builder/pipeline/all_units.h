// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"

#include <llvm/Support/Error.h>
#include <string>
#include <vector>

namespace suture::builder {

/// All units that the target was built from, each once, without what a diff changes for them.
/// \param jsonPath  as CompileCommandSource has it. Errors: as readCompileCommands().
llvm::Expected<std::vector<Unit>> allUnits(const SourceTree &tree, const std::string &jsonPath);

} // namespace suture::builder
