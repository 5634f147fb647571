// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which of the files that the build makes from headers a diff changes.

#include "payload-builder/units/changed_names.h"
#include "payload-builder/units/find_units.h"
#include "payload-builder/units/reached_names.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace suture::builder {

/// Files of the request's `made` that may come out differently: a made file is out of the question
/// where nothing that is read for it mentions what changes.
/// \param changed  files that can be told apart. \param headers  those of them that are complete.
/// \param reached  what these reach.
std::vector<std::string> findRemadeFiles(const UnitsRequest &request,
                                         const std::set<std::string> &changed,
                                         const std::map<std::string, ChangedNames> &headers,
                                         const ReachedNames &reached, TokenWatch &watch);

} // namespace suture::builder
