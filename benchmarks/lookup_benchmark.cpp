// SPDX-License-Identifier: Apache-2.0
// Looking things up: a name in the hypervisor's symbol table by the table's size, and the checks
// that an action makes by the height of the stack.

#include "benchmarks/scene/machine.h"
#include "benchmarks/scene/slots.h"
#include "hypervisor/lib/symbols.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

namespace suture::benchmarks {
namespace {

/// A symbol table as hypervisor/symbols.py writes it.
struct Table {
  std::vector<std::string> names;
  std::vector<std::byte> bytes;
};

template <typename T> void put(std::vector<std::byte> &to, const T &value) {
  const auto bytes = std::as_bytes(std::span{&value, 1});
  to.insert(to.end(), bytes.begin(), bytes.end());
}

Table makeTable(uint32_t count) {
  Table table;
  for (uint32_t index = 0; index < count; ++index) {
    // Spread over the table: a neighbour in memory is none in the alphabet.
    const uint32_t spread = index * 2654435761u;
    table.names.push_back("_ZN6suture2hv" + std::to_string(spread % 97) + "module" +
                          std::to_string(spread) + "handleRequestERKNS0_4VcpuE");
  }
  uint32_t nameBytes = 0;
  std::vector<uint32_t> offsets;
  for (const std::string &name : table.names) {
    offsets.push_back(nameBytes);
    nameBytes += static_cast<uint32_t>(name.size()) + 1;
  }
  put(table.bytes, hv::SymbolTableHeader{.magic = {'S', 'U', 'T', 'S', 'Y', 'M', 'S', 0},
                                         .count = count,
                                         .nameBytes = nameBytes,
                                         .base = 0xffffffff80000000});
  for (uint32_t index = 0; index < count; ++index)
    put(table.bytes,
        hv::SymbolEntry{.offset = index * 16, .size = 16, .name = offsets[index], .type = 2});
  std::vector<uint32_t> ranks(count);
  std::iota(ranks.begin(), ranks.end(), 0u);
  std::ranges::sort(ranks, {},
                    [&](uint32_t index) -> const std::string & { return table.names[index]; });
  for (uint32_t rank : ranks)
    put(table.bytes, rank);
  for (const std::string &name : table.names) {
    const auto text = std::as_bytes(std::span{name.c_str(), name.size() + 1});
    table.bytes.insert(table.bytes.end(), text.begin(), text.end());
  }
  return table;
}

void findSymbol(benchmark::State &state) {
  const Table table = makeTable(static_cast<uint32_t>(state.range(0)));
  const hv::SymbolTable symbols{hv::ByteView{table.bytes}};
  size_t next = 0;
  for (auto _ : state) {
    const auto found = symbols.find(table.names[next]);
    if (!found) {
      state.SkipWithError("a symbol of the table was not found");
      return;
    }
    benchmark::DoNotOptimize(found->first.address);
    // A stride that visits all of them.
    next = (next + 7919) % table.names.size();
  }
  state.SetItemsProcessed(state.iterations());
}

/// A stack of that height, and a payload that is refused after every check was made.
void refuse(benchmark::State &state, const PayloadShape &shape, format::ActionKind action) {
  Machine machine;
  for (int64_t height = 0; height < state.range(0); ++height)
    (void)machine.stackOne();
  machine.upload("refused", makePayload(shape));
  const ActionSpec spec{.name = "refused", .action = static_cast<uint32_t>(action)};
  for (auto _ : state) {
    const auto done = machine.core().requestAction(spec);
    if (done) {
      state.SkipWithError("was not refused");
      return;
    }
  }
  state.SetItemsProcessed(state.iterations());
}

void checkDependency(benchmark::State &state) {
  refuse(state, {.depends = std::vector<uint8_t>(20, 0x77)}, format::ActionKind::Apply);
}

/// 100 functions, whose expectations are about bytes as they will be after all reverts.
void checkReplace(benchmark::State &state) {
  refuse(state, {.functions = 100, .expectsOtherBytes = true}, format::ActionKind::Replace);
}

// A fixed number of iterations, so that the table is made once and not again for each estimate.
BENCHMARK(findSymbol)
    ->Name("lookup/symbol")
    ->ArgName("symbols")
    ->Iterations(20'000)
    ->RangeMultiplier(10)
    ->Range(1000, 1'000'000);
BENCHMARK(checkDependency)
    ->Name("lookup/dependency")
    ->ArgName("height")
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->Arg(1000);
BENCHMARK(checkReplace)
    ->Name("lookup/replace")
    ->ArgName("height")
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->Arg(1000);

} // namespace
} // namespace suture::benchmarks

BENCHMARK_MAIN();
