// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a unit's preprocessed tokens mention: the exact answer where text alone leaves it open
// (mention_search.h).

#include "payload-builder/units/changed_names.h"
#include "payload-builder/units/front_end.h"

#include <llvm/Support/Error.h>
#include <map>
#include <string>

namespace suture::builder {

/// Whether a unit can tell the two states of its changed headers apart: by a name outside its own
/// changed declaration, however it was put together, or by an #if that a changed macro decides.
/// \param changes  by header; all complete. Errors: as runFrontEnd.
llvm::Expected<bool> mentionsWhenPreprocessed(const SourceTree &tree, const Unit &unit,
                                              const std::map<std::string, ChangedNames> &changes);

} // namespace suture::builder
