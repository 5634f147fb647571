// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace suture::builder {

/// For each field of code (offsets sorted, each of a 4-byte relocation), the number of bytes from
/// the field to the end of its instruction: 4, or more where an immediate follows. 0 where decoding
/// lost its way or the field is no operand.
std::vector<uint8_t> instructionTails(std::span<const uint8_t> code,
                                      std::span<const uint64_t> fields);

} // namespace suture::builder
