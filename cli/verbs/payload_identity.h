// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace suture::verbs {

/// What a payload file says that it is and lies on. A stock Xen does not tell it of what is loaded.
struct PayloadIdentity {
  /// Empty where the file has none, or is not one.
  std::vector<uint8_t> buildId;
  std::vector<uint8_t> depends;
};

PayloadIdentity identityOf(std::span<const std::byte> payload);

} // namespace suture::verbs
