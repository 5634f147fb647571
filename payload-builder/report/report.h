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

/// For `.suture.report`: a JSON object with `functions` (as functionsJson()), `constants` (of the
/// target, with another value for the payload's code) and `notes`. The same plan gives the same
/// text.
std::string payloadReport(const Plan &plan);

/// An array of `{name, display, unit, address, oldSize, newSize, why, chain, detail, location}`,
/// sorted by name.
nlohmann::json functionsJson(const Plan &plan);
/// An array of `{stage, code, location, subject, reason, advice}`.
nlohmann::json refusalsJson(const std::vector<Refusal> &refusals);
/// An array of `{unit, why}`.
nlohmann::json dismissedJson(const std::vector<DismissedUnit> &dismissed);
/// An array of `{code, location, subject, reason, advice}`, one for each escape.
nlohmann::json warningsJson(const std::vector<Escape> &escapes);
/// An array of `{type, location, baseSize, patchedSize, fields, users, units}`.
nlohmann::json layoutsJson(const std::vector<LayoutChange> &layouts);

/// The functions with why, one a line: `  NAME: WHY`; then notes.
std::string functionsText(const Plan &plan);
/// All refusals, each with what to do.
std::string refusalsText(const std::vector<Refusal> &refusals);
/// Types whose layout changed: the fields that are gone, new or elsewhere, and who uses them.
std::string layoutsText(const std::vector<LayoutChange> &layouts);
/// Units that were left out; many with one reason on one line.
std::string dismissedText(const std::vector<DismissedUnit> &dismissed);
/// Each with what it means and what to do about it.
std::string warningsText(const std::vector<Escape> &escapes);

} // namespace suture::builder
