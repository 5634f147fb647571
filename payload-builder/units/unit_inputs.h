// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/unit.h"

#include <string>
#include <vector>

namespace suture::builder {

/// A unit and everything that it may read: absolute paths.
struct UnitInputs {
  const Unit *unit = nullptr;
  std::vector<std::string> files;
};

} // namespace suture::builder
