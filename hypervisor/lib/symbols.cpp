// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/lib/symbols.h"

#include <algorithm>
#include <bit>

namespace suture::hv {

SymbolTable::SymbolTable(ByteView bytes) {
  const auto header = bytes.read<SymbolTableHeader>(0);
  if (!header ||
      std::string_view{header->magic, sizeof(header->magic)} != std::string_view{"SUTSYMS\0", 8})
    return;
  size_t at = sizeof(SymbolTableHeader);
  const auto entries = bytes.slice(at, size_t{header->count} * sizeof(SymbolEntry));
  at += size_t{header->count} * sizeof(SymbolEntry);
  const auto buckets = bytes.slice(at, size_t{header->buckets} * sizeof(uint32_t));
  at += size_t{header->buckets} * sizeof(uint32_t);
  const auto names = bytes.slice(at, header->nameBytes);
  if (!entries || !buckets || !names || !std::has_single_bit(header->buckets))
    return;
  entries_ = *entries;
  buckets_ = *buckets;
  names_ = *names;
  count_ = header->count;
  bucketCount_ = header->buckets;
  base_ = header->base;
}

SymbolEntry SymbolTable::entry(size_t index) const {
  return entries_.read<SymbolEntry>(index * sizeof(SymbolEntry)).value_or(SymbolEntry{});
}

std::string_view SymbolTable::nameOf(const SymbolEntry &entry) const {
  const auto rest = names_.bytes().subspan(std::min<size_t>(entry.name, names_.size()));
  const auto end = std::find(rest.begin(), rest.end(), std::byte{0});
  return {reinterpret_cast<const char *>(rest.data()), static_cast<size_t>(end - rest.begin())};
}

Symbol SymbolTable::at(size_t index) const {
  const SymbolEntry raw = entry(index);
  return {nameOf(raw), base_ + raw.offset, raw.size, raw.type};
}

std::optional<SymbolTable::Found> SymbolTable::find(std::string_view name) const {
  std::optional<Found> found;
  size_t bucket = symbolHash(name);
  for (size_t step = 0; step < bucketCount_; ++step, ++bucket) {
    const size_t place = (bucket & (bucketCount_ - 1)) * sizeof(uint32_t);
    const uint32_t number = buckets_.read<uint32_t>(place).value_or(0);
    if (number == 0)
      break;
    const Symbol symbol = at(number - 1);
    if (symbol.name != name)
      continue;
    if (found)
      found->ambiguous |= symbol.address != found->first.address;
    else
      found = Found{symbol, false};
  }
  return found;
}

std::optional<Symbol> SymbolTable::around(uint64_t address) const {
  size_t low = 0;
  size_t high = count_;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (base_ + entry(middle).offset <= address)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0)
    return std::nullopt;
  // Of several symbols at one address, take one that says its size.
  Symbol best = at(low - 1);
  for (size_t index = low - 1; index-- > 0 && best.size == 0;) {
    const Symbol other = at(index);
    if (other.address != best.address)
      break;
    if (other.size != 0)
      best = other;
  }
  return best;
}

} // namespace suture::hv
