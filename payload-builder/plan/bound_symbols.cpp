// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/plan/bound_symbols.h"

namespace suture::builder {

BoundSymbolIndex BoundSymbols::ofTarget(SymbolIndex index) {
  BoundSymbol symbol{.name = image_.loaderName(index), .address = std::nullopt};
  if (image_.isUnitLocal(index) || !image_.isUnique(index))
    symbol.address = TargetAddress{image_.symbol(index).value};
  return add(std::move(symbol));
}

BoundSymbolIndex BoundSymbols::add(BoundSymbol symbol) {
  const std::pair key(symbol.name, symbol.address ? symbol.address->value : 0);
  const auto [entry, isNew] =
      known_.try_emplace(key, BoundSymbolIndex{static_cast<uint32_t>(plan_.symbols.size())});
  if (isNew)
    plan_.symbols.push_back(std::move(symbol));
  return entry->second;
}

} // namespace suture::builder
