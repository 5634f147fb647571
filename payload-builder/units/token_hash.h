// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/xxhash.h>

namespace suture::builder {

/// A running hash of words, of which each has a kind.
class TokenHash final {
public:
  void add(unsigned kind, llvm::StringRef spelling) {
    // Order matters and words have ends: both go in with each word's own hash.
    state_ = (state_ ^ llvm::xxh3_64bits(spelling)) * 0x9E3779B97F4A7C15u + kind;
    state_ ^= state_ >> 29;
  }
  uint64_t value() const { return state_; }

  bool operator==(const TokenHash &) const = default;

private:
  uint64_t state_ = 0;
};

} // namespace suture::builder
