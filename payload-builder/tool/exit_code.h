// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace suture::builder {

/// What the process ends with (DESIGN, section 7).
enum class ExitCode : int {
  Done = 0,
  /// Bad input, or something that should have worked did not.
  Failed = 1,
  Usage = 2,
  /// Understood, but will not build; also where there is nothing to patch.
  Refused = 3,
};

} // namespace suture::builder
