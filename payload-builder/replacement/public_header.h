// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace suture::builder {

/// The text of <suture/payload.h>, which the builder brings along for `--replacement`.
std::string_view publicHeader();

} // namespace suture::builder
