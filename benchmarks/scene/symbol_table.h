// SPDX-License-Identifier: Apache-2.0
#pragma once
// A symbol table of any size, as hypervisor/symbols.py writes it.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace suture::benchmarks {

struct MadeSymbolTable {
  /// All names that are in it; a neighbour in memory is none in the alphabet.
  std::vector<std::string> names;
  std::vector<std::byte> bytes;
};

[[nodiscard]] MadeSymbolTable makeSymbolTable(uint32_t count);

} // namespace suture::benchmarks
