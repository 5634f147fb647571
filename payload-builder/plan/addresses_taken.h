// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/plan/plan.h"
#include "payload-builder/support/change_set.h"

#include <set>

namespace suture::builder {

/// New functions of the payload whose address its code or data takes, other than to call them: from
/// then on anything may keep it. What the changes stage found in the source says where it goes;
/// this finds what that did not understand.
/// \param known  escapes that are known already; what they name is not reported again.
std::set<Escape> addressesTaken(const Plan &plan, const std::set<Escape> &known);

} // namespace suture::builder
