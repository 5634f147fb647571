// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/object_model.h"
#include "payload-builder/plan/carrier.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace suture::builder {

/// Bytes of an entry of a table that goes with functions; nullopt: not such a table, or one whose
/// entries are not known.
std::optional<uint64_t> entrySizeOf(std::string_view sectionName);

/// Brings along the entries of `.altinstructions`, `.bug_frames.N` and `.ex_table` that belong to
/// functions which the plan carries, with their replacement and fixup code. Tables of unknown form
/// that refer to a carried function are refused.
void carrySpecialEntries(const ObjectsResult &objects, Carrier &carrier, Plan &plan);

} // namespace suture::builder
