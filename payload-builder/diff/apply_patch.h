// SPDX-License-Identifier: Apache-2.0
#pragma once
// Hunks onto text, exactly where they say or not at all.

#include "payload-builder/diff/patch_text.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace suture::builder {

/// Why a hunk does not apply.
struct HunkMismatch {
  /// The line of the base file that differs, from 1; past the end where the file is too short.
  unsigned line = 0;
  /// The line of the diff that the hunk's `@@` stands on.
  unsigned diffLine = 0;
  /// What was expected, what was found, and what else is known, in one or more sentences.
  std::string message;
};

/// The outcome for one file: the text, and the hunks that did not apply.
struct AppliedPatch {
  std::string text;
  std::vector<HunkMismatch> mismatches;
};

/// Applies hunks in order, each at the very line it names, each line equal byte for byte.
AppliedPatch applyHunks(std::string_view base, const std::vector<Hunk> &hunks);

} // namespace suture::builder
