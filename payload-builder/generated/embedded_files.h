// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files whose bytes the assembler puts into an object as they are (`.incbin`): no preprocessor and
// no dependency file tells of them.

#include "payload-builder/support/source_location.h"
#include "payload-builder/support/source_tree.h"
#include "payload-builder/units/compile_commands.h"

#include <map>
#include <set>
#include <span>
#include <string>

namespace suture::builder {

/// Those of some files that units of the target may embed, each with the place of an `.incbin` that
/// may mean it. Where a macro has the name, the macro's file or a compile command must mention it.
/// \param files  relative to the tree's root.
std::map<std::string, SourceLocation> embeddedFiles(const SourceTree &tree,
                                                    std::span<const RecordedCommand> commands,
                                                    const std::set<std::string> &files);

} // namespace suture::builder
