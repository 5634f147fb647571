// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/object_model.h"

#include <string>
#include <vector>

namespace suture::builder {

/// Sections of tables beside code in which something differs between two states of a unit that
/// belongs to no function: an entry that leads nowhere in the object, code that no entry leads to.
/// Sorted by name. What belongs to a function is compared with it (compare_pieces.h).
std::vector<std::string> changedLooseTables(const ObjectModel &base, const ObjectModel &patched);

} // namespace suture::builder
