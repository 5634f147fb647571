// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/plan/make_plan.h"

namespace suture::builder {

/// Plans a payload from hand-written sources (<suture/payload.h>): each unit of the request is one,
/// with nothing on its base side. What they declare is replaced, their hooks come along.
Plan planReplacements(const PlanRequest &request);

} // namespace suture::builder
