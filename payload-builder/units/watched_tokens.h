// SPDX-License-Identifier: Apache-2.0
#pragma once
// What units see of some lines, without all the rest of what they see.

#include "payload-builder/units/front_end.h"
#include "payload-builder/units/token_hash.h"

#include <array>
#include <cstddef>
#include <llvm/Support/Error.h>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace suture::builder {

/// Lines of a file, first to last, from 1.
struct WatchedLines {
  std::string file;
  unsigned first = 0, last = 0;

  bool operator==(const WatchedLines &) const = default;
};

/// Tokens that come from lines: how many, and a hash of them in their order.
struct WatchedTokens {
  size_t count = 0;
  TokenHash hash = {};
  /// How many of the lines' files are read at all.
  size_t files = 0;
  /// What the unit sees there is not known: lines that only its own compiler reads (foreign_code.h)
  /// may have a part in it, or something was asked that code outside of directives decides.
  bool isUnknown = false;

  bool operator==(const WatchedTokens &) const = default;
};

/// Lines of a header that the diff leaves alone, and what a unit sees there, in the base and in the
/// patched state. Another unit that sees the same tokens sees the same declaration.
struct WatchedDeclaration {
  WatchedLines lines;
  std::array<WatchedTokens, 2> tokens = {};
};

/// Reads units' tokens from watched lines. The directives of all files that it meets are kept for
/// the next unit. Thread-safe.
class TokenWatch final {
public:
  TokenWatch();
  ~TokenWatch();

  /// For each list of lines, what the unit sees of it, macros expanded; lines in files that the
  /// unit does not read, or under an #if, give no tokens. Errors: as runFrontEnd.
  llvm::Expected<std::vector<WatchedTokens>> read(const UnitState &unit,
                                                  std::span<const std::vector<WatchedLines>> lists);

private:
  class Directives;
  class Action;
  std::unique_ptr<Directives> directives_;
};

} // namespace suture::builder
