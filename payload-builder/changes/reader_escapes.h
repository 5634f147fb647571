// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/change_set.h"
#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"

#include <llvm/Support/Error.h>
#include <set>
#include <string>
#include <vector>

namespace suture::builder {

/// Addresses of changed constants of other units that functions of this unit's main file hand to
/// the target. \param constants  linkage names. Errors: as runFrontEnd().
llvm::Expected<std::vector<Escape>> findReaderEscapes(const SourceTree &tree, const Unit &unit,
                                                      const std::set<std::string> &constants);

} // namespace suture::builder
