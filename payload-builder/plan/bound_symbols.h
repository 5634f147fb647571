// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a plan refers to outside of its payload.

#include "payload-builder/plan/plan.h"
#include "payload-builder/support/target_image.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace suture::builder {

/// Adds symbols to a plan, each once.
class BoundSymbols final {
public:
  /// Both outlive the object.
  BoundSymbols(const TargetImage &image, Plan &plan) : image_(image), plan_(plan) {}

  /// A symbol of the target: by name if that is enough for a loader, else by address.
  BoundSymbolIndex ofTarget(SymbolIndex symbol);
  /// What a loader will find by name: in a payload underneath.
  BoundSymbolIndex byName(const std::string &name) {
    return add({.name = name, .address = std::nullopt});
  }

private:
  BoundSymbolIndex add(BoundSymbol symbol);

  const TargetImage &image_;
  Plan &plan_;
  /// By name and address (0: none).
  std::map<std::pair<std::string, uint64_t>, BoundSymbolIndex> known_;
};

} // namespace suture::builder
