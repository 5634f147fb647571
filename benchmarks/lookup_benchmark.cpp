// SPDX-License-Identifier: Apache-2.0
// Looking things up: a name in the hypervisor's symbol table by the table's size, and the checks
// that an action makes by the height of the stack.

#include "benchmarks/scene/machine.h"
#include "benchmarks/scene/slots.h"
#include "benchmarks/scene/symbol_table.h"
#include "hypervisor/lib/symbols.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace suture::benchmarks {
namespace {

void findSymbol(benchmark::State &state) {
  const MadeSymbolTable table = makeSymbolTable(static_cast<uint32_t>(state.range(0)));
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
