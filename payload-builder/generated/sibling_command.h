// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/units/compile_commands.h"

#include <optional>
#include <string>
#include <vector>

namespace suture::builder {

/// The command that a new source file is compiled with: that of its siblings in the same folder,
/// with its own name. nullopt where they do not tell: fewer than two, or with different flags.
/// \param source  absolute.
std::optional<RecordedCommand> commandLikeSiblings(const std::vector<RecordedCommand> &commands,
                                                   const std::string &source);

} // namespace suture::builder
