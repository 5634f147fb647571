// SPDX-License-Identifier: Apache-2.0
// Loading: from a payload file's bytes to a payload that can be applied, by what is in the file.
//
// "parse" is the file's structure alone; "core" is the loader over memory that is there already, as
// in a hypervisor; "host" the same on the host platform, whose payload memory is mapped for each
// payload. The floors are measured in the same run, all in processor time: copying the file's bytes
// (floor_ns), and for "host" also into freshly mapped pages.

#include "benchmarks/scene/arena_platform.h"
#include "benchmarks/scene/machine.h"
#include "benchmarks/scene/slots.h"
#include "benchmarks/scene/stopwatch.h"
#include "runtime/core/registry.h"
#include "runtime/elf/elf_file.h"
#include "runtime/error/error.h"
#include "runtime/load/loader.h"

#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

namespace suture::benchmarks {
namespace {

/// Median ns of copying the file into pages that the platform maps for it.
uint64_t freshCopyFloorNs(host::HostPlatform &platform, std::span<const std::byte> file) {
  std::vector<uint64_t> times;
  for (int round = 0; round < 15; ++round) {
    const uint64_t start = threadNs();
    auto memory = platform.allocatePayload({.text = 0, .constants = file.size(), .data = 0});
    if (!memory)
      return 0;
    std::memcpy(memory->constants.bytes.data(), file.data(), file.size());
    (void)platform.protectPayload(*memory);
    times.push_back(threadNs() - start);
    platform.releasePayload(*memory);
  }
  return medianOf(std::move(times));
}

/// Loads the file again and again; giving the memory back is not counted.
template <typename P>
bool loadAll(benchmark::State &state, P &platform, std::span<const std::byte> file) {
  const Registry<P> registry{platform};
  std::vector<uint64_t> times;
  for (auto _ : state) {
    const uint64_t start = threadNs();
    auto loaded = Loader<P, Registry<P>>{platform, registry}.load(ByteView{file});
    times.push_back(threadNs() - start);
    state.SetIterationTime(static_cast<double>(times.back()) * 1e-9);
    if (!loaded) {
      state.SkipWithError(std::string(describe(loaded.error()).view()).c_str());
      return false;
    }
  }
  state.counters["median_ns"] = static_cast<double>(medianOf(std::move(times)));
  return true;
}

struct Rate {
  const char *name;
  uint64_t perLoad;
};

void report(benchmark::State &state, std::span<const std::byte> file, const Rate &rate) {
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(file.size()));
  state.counters["file_bytes"] = static_cast<double>(file.size());
  state.counters["floor_ns"] = static_cast<double>(copyFloorNs(file));
  state.counters[rate.name] = benchmark::Counter(static_cast<double>(rate.perLoad),
                                                 benchmark::Counter::kIsIterationInvariantRate |
                                                     benchmark::Counter::kDefaults);
}

void onCore(benchmark::State &state, const PayloadShape &shape, const Rate &rate) {
  const std::vector<std::byte> file = makePayload(shape);
  Machine machine;
  ArenaPlatform platform{machine.platform(), slotAddress(0)};
  if (loadAll(state, platform, file))
    report(state, file, rate);
}

void onHost(benchmark::State &state, const PayloadShape &shape, const Rate &rate) {
  const std::vector<std::byte> file = makePayload(shape);
  Machine machine;
  if (!loadAll(state, machine.platform(), file))
    return;
  report(state, file, rate);
  state.counters["fresh_floor_ns"] =
      static_cast<double>(freshCopyFloorNs(machine.platform(), file));
}

/// What a load begins with: the file is found to be whole, its names and symbols in bounds.
void onParser(benchmark::State &state, const PayloadShape &shape, const Rate &rate) {
  const std::vector<std::byte> file = makePayload(shape);
  std::vector<uint64_t> times;
  for (auto _ : state) {
    const uint64_t start = threadNs();
    auto parsed = ElfFile::open(ByteView{file});
    times.push_back(threadNs() - start);
    state.SetIterationTime(static_cast<double>(times.back()) * 1e-9);
    if (!parsed) {
      state.SkipWithError(std::string(describe(parsed.error()).view()).c_str());
      return;
    }
    benchmark::DoNotOptimize(parsed->symbolCount());
  }
  state.counters["median_ns"] = static_cast<double>(medianOf(std::move(times)));
  report(state, file, rate);
}

using Run = void (*)(benchmark::State &, const PayloadShape &, const Rate &);

template <Run run> void bySize(benchmark::State &state) {
  const auto size = static_cast<uint32_t>(state.range(0));
  run(state, {.plainBytes = size}, {"payloads_per_second", 1});
}
template <Run run> void byFunctions(benchmark::State &state) {
  const auto count = static_cast<uint32_t>(state.range(0));
  run(state, {.functions = count, .byName = true}, {"functions_per_second", count});
}
template <Run run> void byRelocations(benchmark::State &state) {
  const auto count = static_cast<uint32_t>(state.range(0));
  run(state, {.relocations = count}, {"relocations_per_second", count});
}
template <Run run> void bySymbols(benchmark::State &state) {
  const auto count = static_cast<uint32_t>(state.range(0));
  run(state, {.undefinedSymbols = count}, {"symbols_per_second", count});
}

void sizes(benchmark::internal::Benchmark *benchmark) {
  benchmark->UseManualTime()->ArgName("bytes")->RangeMultiplier(8)->Range(4096, 2'000'000);
}
void counts(benchmark::internal::Benchmark *benchmark) {
  benchmark->UseManualTime()->ArgName("count")->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Arg(5000);
}
void manyCounts(benchmark::internal::Benchmark *benchmark) {
  benchmark->UseManualTime()->ArgName("count")->Arg(10)->Arg(100)->Arg(1000)->Arg(10'000)->Arg(
      50'000);
}

BENCHMARK(bySize<onParser>)->Name("load/parse/size")->Apply(sizes);
BENCHMARK(bySymbols<onParser>)->Name("load/parse/symbols")->Apply(manyCounts);
BENCHMARK(bySize<onCore>)->Name("load/core/size")->Apply(sizes);
BENCHMARK(byFunctions<onCore>)->Name("load/core/functions")->Apply(counts);
BENCHMARK(byRelocations<onCore>)->Name("load/core/relocations")->Apply(manyCounts);
BENCHMARK(bySymbols<onCore>)->Name("load/core/symbols")->Apply(manyCounts);
BENCHMARK(bySize<onHost>)->Name("load/host/size")->Apply(sizes);
BENCHMARK(byFunctions<onHost>)->Name("load/host/functions")->Apply(counts);

} // namespace
} // namespace suture::benchmarks

BENCHMARK_MAIN();
