// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the builder says of its work: to people and to programs.

#include "payload-builder/link/link_payload.h"
#include "payload-builder/plan/plan.h"
#include "payload-builder/support/change_set.h"
#include "payload-builder/support/refusal.h"
#include "payload-builder/support/unit.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace suture::builder {

/// For `.suture.report`: a JSON object with `functions` (as functionsJson()) and `notes`. The same
/// plan gives the same text.
std::string payloadReport(const Plan &plan);

/// An array of `{name, display, unit, address, oldSize, newSize, why, chain, detail, location}`,
/// sorted by name.
nlohmann::json functionsJson(const Plan &plan);
/// An array of `{stage, code, location, subject, reason, advice}`.
nlohmann::json refusalsJson(const std::vector<Refusal> &refusals);
/// An array of `{unit, why}`.
nlohmann::json dismissedJson(const std::vector<DismissedUnit> &dismissed);
/// An array of `{type, location, baseSize, patchedSize, fields, users, units}`.
nlohmann::json layoutsJson(const std::vector<LayoutChange> &layouts);

/// The functions with why, one a line: `  NAME: WHY`; then notes.
std::string functionsText(const Plan &plan);
/// All refusals, each with what to do.
std::string refusalsText(const std::vector<Refusal> &refusals);
/// Types whose layout changed, fields before and after.
std::string layoutsText(const std::vector<LayoutChange> &layouts);

} // namespace suture::builder
