// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/source_tree.h"

#include <map>
#include <set>
#include <string>

namespace suture::builder {

/// The text of a file in one state, with `#line` directives that give every line which is unchanged
/// since the file on disk the number that it has there. nullopt where the file does not exist in
/// that state. The text is the original itself where nothing changed.
FileText renumbered(const FileVersions &file, TreeState state);

/// Line numbers that stand for a line in one state, and for another, or none, in the other state.
std::set<unsigned> differingLines(const FileVersions &file);

/// renumbered() of each of the tree's files, by path.
std::map<std::string, FileText> renumberedTexts(const SourceTree &tree, TreeState state);

} // namespace suture::builder
