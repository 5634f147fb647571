// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

namespace suture::builder {

/// The lines of a text, each with its newline, if it has one.
std::vector<std::string_view> splitLines(std::string_view text);

} // namespace suture::builder
