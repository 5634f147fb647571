// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/object_model.h"

#include <string>
#include <vector>

namespace suture::builder {

/// Sections of tables beside code that decide what the code does (`.altinstructions` and
/// `.altinstr_replacement`, `.ex_table`, `.fixup`, `.alt_call_sites`) and whose contents, relocated
/// fields aside, differ between two states of a unit; sorted by name. A function whose own bytes
/// stay the same changes with them. `.bug_frames` are left out: they hold line numbers, and a
/// function that they belong to differs itself.
std::vector<std::string> changedCodeTables(const ObjectModel &base, const ObjectModel &patched);

} // namespace suture::builder
