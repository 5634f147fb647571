// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"
#include "payload-builder/units/compile_commands.h"

#include <llvm/Support/Error.h>
#include <vector>

namespace suture::builder {

/// All units that the target was linked from, each once, without what a diff changes for them.
/// Those of 32-bit code are not among them: of these the target has the bytes alone.
/// Errors: as readCompileCommands().
llvm::Expected<std::vector<Unit>> allUnits(const SourceTree &tree,
                                           const CompileCommandSource &source);

} // namespace suture::builder
