// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/units/build_rules.h"

#include <string>
#include <vector>

namespace suture::builder {

/// How a changed file leads to one that units read.
struct MadeChain {
  /// The changed file, relative to the source root.
  std::string source;
  /// What is made on the way, in order; the last is what units read.
  std::vector<std::string> files;
  /// The rule that makes the last.
  MadeFile rule;

  const std::string &file() const { return files.back(); }
};

} // namespace suture::builder
