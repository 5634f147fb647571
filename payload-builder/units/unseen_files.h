// SPDX-License-Identifier: Apache-2.0
#pragma once
// Changed files that no unit reads.

#include "payload-builder/units/find_units.h"

#include <llvm/ADT/StringRef.h>
#include <set>
#include <string>

namespace suture::builder {

/// Whether a file is C or C++ source, by its name.
bool isSourceFile(llvm::StringRef file);

/// Refuses or dismisses changed files that no unit reads, but those that the request accounts for.
void judgeUnseenFiles(const UnitsRequest &request, const std::set<std::string> &files,
                      UnitsResult &result);

} // namespace suture::builder
