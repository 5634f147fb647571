// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which gcc a recorded command runs.

#include "payload-builder/support/unit.h"

#include <optional>
#include <string>

namespace suture::builder {

/// The version (`12.2.0`) of the gcc that compiles a unit, from the compiler itself (gcc 7 and
/// later); nothing for any other compiler, and for one that cannot be run here. Thread-safe.
std::optional<std::string> gnucVersion(const CompileCommand &command);

} // namespace suture::builder
