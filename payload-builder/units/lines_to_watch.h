// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/units/header_declarations.h"
#include "payload-builder/units/raw_lines.h"
#include "payload-builder/units/watched_tokens.h"

#include <optional>
#include <string>

namespace suture::builder {

/// Lines that decide whether another unit sees the same declaration: a macro makes it, or an #if is
/// among its lines. An #if inside a function's body is the function's own; one that cuts the
/// declaration decides about all of it. nullopt: every unit that sees it sees the same.
/// \param raw  the file's.
inline std::optional<WatchedLines>
linesToWatch(const std::string &file, const DeclarationExtent &extent, const RawLines &raw) {
  const bool isCut = raw.cutsConditional(extent.first, extent.last);
  if (!isCut && !extent.isMade && !raw.hasConditional(extent.first, extent.lastOfNames))
    return std::nullopt;
  return WatchedLines{file, extent.first, isCut ? extent.last : extent.lastOfNames};
}

} // namespace suture::builder
