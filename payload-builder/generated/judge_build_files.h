// SPDX-License-Identifier: Apache-2.0
#pragma once
// Makefiles and Kconfig files in a diff.

#include "payload-builder/generated/build_system.h"
#include "payload-builder/generated/made_files.h"
#include "payload-builder/support/refusal.h"
#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"
#include "payload-builder/units/compile_commands.h"

#include <llvm/Support/Error.h>
#include <set>
#include <string>
#include <vector>

namespace suture::builder {

struct BuildFileVerdict {
  std::vector<Refusal> refusals;
  std::vector<DismissedUnit> dismissed;
  /// Changed build files that are judged by this.
  std::set<std::string> accounted;
  /// Commands of source files that the build compiles from now on.
  std::vector<RecordedCommand> added;
};

/// Judges the makefiles and Kconfig files that the diff changes in folders of the target. The tree
/// changes with them: a source that is new has an empty base, one that is renamed stays under its
/// old name, which is what the target's symbols know it by, and the configuration's header is made
/// anew.
/// \param made  of the same tree.
/// Errors: no space for a copy of the tree.
llvm::Expected<BuildFileVerdict> judgeBuildFiles(SourceTree &tree,
                                                 const std::vector<RecordedCommand> &commands,
                                                 const MadeFiles &made, LazyBuildSystem &build);

} // namespace suture::builder
