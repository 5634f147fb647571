// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the compiler's parser would see of a file or a unit, as one number.

#include "payload-builder/units/front_end.h"

#include <cstdint>
#include <llvm/Support/Error.h>
#include <string_view>

namespace suture::builder {

/// Hash of a unit's preprocessed tokens, of its pragmas and of what only its own compiler reads
/// (foreign_code.h). White space, comments and line numbers have no part in it. Errors: as
/// runFrontEnd.
llvm::Expected<uint64_t> preprocessedTokens(const UnitState &unit);

/// Hash of a file's own tokens, nothing expanded: equal hashes of two texts mean that no unit can
/// tell one from the other but by line numbers. Whether there is white space between two tokens
/// counts, for `#` may make text of it; how much, and at the beginning of a line, does not.
uint64_t rawTokens(std::string_view text);

} // namespace suture::builder
