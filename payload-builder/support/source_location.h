// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>

namespace suture::builder {

/// A place in the source as the user knows it: never a path of a temporary tree.
struct SourceLocation {
  /// Relative to the root of the source tree where it lies below it. Empty: no place is known.
  std::string file;
  /// From 1; 0 where no line is known.
  unsigned line = 0;
  /// From 1; 0 where no column is known.
  unsigned column = 0;

  auto operator<=>(const SourceLocation &) const = default;
};

/// `file:line:column`, without the parts that are not known; "" where no file is known.
std::string toString(const SourceLocation &location);

} // namespace suture::builder
