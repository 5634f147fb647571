// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/compare_objects.h"
#include "payload-builder/plan/plan.h"
#include "payload-builder/support/payload_file.h"
#include "payload-builder/support/target_image.h"

#include <span>
#include <string>

namespace suture::builder {

struct PlanRequest {
  const TargetImage &image;
  const ObjectsResult &objects;
  /// Payloads under the one being built, from the bottom of the stack up.
  std::span<const PayloadFile> lowers;
  /// Of `.modinfo`'s `name=`.
  std::string payloadName;
};

/// Decides what the payload holds and what each reference in it binds to. Everything that cannot be
/// done is in Plan::refusals, all at once; a plan with refusals must not be linked.
Plan makePlan(const PlanRequest &request);

/// Fills in the build-ids that the payload depends on, and its metadata.
void setDependencies(Plan &plan, const PlanRequest &request);

} // namespace suture::builder
