// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files that take part in the build though no unit reads them: parts of makefiles that others
// include, makefiles of folders without units, scripts.

#include "payload-builder/support/source_location.h"
#include "payload-builder/support/source_tree.h"
#include "payload-builder/units/compile_commands.h"

#include <map>
#include <set>
#include <span>
#include <string>

namespace suture::builder {

/// Those of some files that build files of the target's folders name, each with a place that does;
/// also by way of build files that these include. What only make can tell, a name that a variable
/// holds, is not seen. \param files  relative to the tree's root.
std::map<std::string, SourceLocation> filesNamedByBuild(const SourceTree &tree,
                                                        std::span<const RecordedCommand> commands,
                                                        const std::set<std::string> &files);

} // namespace suture::builder
