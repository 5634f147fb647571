// SPDX-License-Identifier: Apache-2.0
#pragma once
// Changed files that no unit reads.

#include "payload-builder/units/find_units.h"

#include <set>
#include <string>

namespace suture::builder {

/// Refuses or dismisses changed files that no unit reads, but those that the request accounts for.
void judgeUnseenFiles(const UnitsRequest &request, const std::set<std::string> &files,
                      UnitsResult &result);

} // namespace suture::builder
