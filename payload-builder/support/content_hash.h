// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace suture::builder {

/// Of a file's whole content; collisions cannot be made on purpose.
using ContentHash = std::array<uint8_t, 32>;

ContentHash contentHash(std::string_view bytes);

} // namespace suture::builder
