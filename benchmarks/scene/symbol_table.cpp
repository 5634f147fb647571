// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/scene/symbol_table.h"

#include "hypervisor/lib/symbols.h"

#include <bit>
#include <span>

namespace suture::benchmarks {
namespace {

template <typename T> void put(std::vector<std::byte> &to, const T &value) {
  const auto bytes = std::as_bytes(std::span{&value, 1});
  to.insert(to.end(), bytes.begin(), bytes.end());
}

} // namespace

MadeSymbolTable makeSymbolTable(uint32_t count) {
  MadeSymbolTable table;
  const uint32_t bucketCount = std::bit_ceil(2 * count);
  std::vector<uint32_t> buckets(bucketCount), offsets;
  uint32_t nameBytes = 0;
  for (uint32_t index = 0; index < count; ++index) {
    const uint32_t spread = index * 2654435761u;
    const std::string name = "_ZN6suture2hv" + std::to_string(spread % 97) + "module" +
                             std::to_string(spread) + "handleRequestERKNS0_4VcpuE";
    offsets.push_back(nameBytes);
    nameBytes += static_cast<uint32_t>(name.size()) + 1;
    uint32_t bucket = hv::symbolHash(name) & (bucketCount - 1);
    while (buckets[bucket] != 0)
      bucket = (bucket + 1) & (bucketCount - 1);
    buckets[bucket] = index + 1;
    table.names.push_back(name);
  }
  put(table.bytes, hv::SymbolTableHeader{.magic = {'S', 'U', 'T', 'S', 'Y', 'M', 'S', 0},
                                         .count = count,
                                         .nameBytes = nameBytes,
                                         .base = 0xffffffff80000000,
                                         .buckets = bucketCount,
                                         .padding = 0});
  for (uint32_t index = 0; index < count; ++index)
    put(table.bytes,
        hv::SymbolEntry{.offset = index * 16, .size = 16, .name = offsets[index], .type = 2});
  for (const uint32_t bucket : buckets)
    put(table.bytes, bucket);
  for (const std::string &name : table.names) {
    const auto text = std::as_bytes(std::span{name.c_str(), name.size() + 1});
    table.bytes.insert(table.bytes.end(), text.begin(), text.end());
  }
  return table;
}

} // namespace suture::benchmarks
