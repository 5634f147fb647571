// SPDX-License-Identifier: Apache-2.0
#pragma once
// A tree as it would be without what changes in its headers.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/units/changed_names.h"

#include <map>
#include <string>

namespace suture::builder {

/// The tree with blanks for the changed declarations: what remains of these headers is the same in
/// both states. \param changes  by header; all complete.
SourceTree withoutDeclarations(const SourceTree &tree,
                               const std::map<std::string, ChangedNames> &changes);

} // namespace suture::builder
