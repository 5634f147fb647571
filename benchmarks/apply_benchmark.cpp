// SPDX-License-Identifier: Apache-2.0
// The pause of an apply and of a revert, by the number of functions and of CPUs (threads).
//
// The time of an iteration is the pause that the core recorded: first CPU stopped to last CPU
// released. In turn with each, so that the same noise is in both: an empty rendezvous of the same
// CPUs (empty_ns), and writing as many bytes through the same alias (write_ns). `x_floor` is the
// median pause over the sum of their medians. With more CPUs than the machine has processors the
// rendezvous measures its scheduler.

#include "benchmarks/scene/machine.h"
#include "benchmarks/scene/slots.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace suture::benchmarks {
namespace {

struct Floors {
  std::vector<uint64_t> empty, write;
};

uint64_t emptyRendezvousNs(host::HostPlatform &platform) {
  const QuiesceResult result = platform.quiesce(
      {.timeoutNs = 4'000'000'000, .commit = [](void *) noexcept {}, .context = nullptr});
  return result.outcome == QuiesceOutcome::Done ? result.times.pauseNs : UINT64_MAX;
}

/// Writes what stands there already, 5 bytes at each of the first slots.
uint64_t writeNs(host::HostPlatform &platform, std::span<const uint8_t> bytes, uint32_t count) {
  const uint64_t start = host::HostCpu::nowNs();
  for (uint32_t index = 0; index < count; ++index)
    platform.writeText(slotAddress(index),
                       bytes.subspan(index * format::jumpSize, format::jumpSize));
  return host::HostCpu::nowNs() - start;
}

std::vector<uint8_t> slotHeads(host::HostPlatform &platform, uint32_t count) {
  std::vector<uint8_t> bytes(count * format::jumpSize);
  for (uint32_t index = 0; index < count; ++index)
    (void)platform.readText(slotAddress(index),
                            std::span{bytes}.subspan(index * format::jumpSize, format::jumpSize));
  return bytes;
}

/// Applies and reverts in turn; `times` of the kind asked for become the iteration's.
void act(benchmark::State &state, bool reverts) {
  const auto count = static_cast<uint32_t>(state.range(0));
  const auto cpus = static_cast<uint32_t>(state.range(1));
  Machine machine;
  machine.upload("measured", makePayload({.functions = count}));
  const std::vector<uint8_t> heads = slotHeads(machine.platform(), count);
  const OtherCpus others{machine.platform(), cpus - 1};
  Floors floors;
  std::vector<uint64_t> pause, rendezvous, total;
  for (auto _ : state) {
    floors.empty.push_back(emptyRendezvousNs(machine.platform()));
    floors.write.push_back(writeNs(machine.platform(), heads, count));
    const format::ActionTimes applied = machine.apply("measured");
    const format::ActionTimes reverted = machine.revert("measured");
    const format::ActionTimes &times = reverts ? reverted : applied;
    pause.push_back(times.pauseNs);
    rendezvous.push_back(times.rendezvousNs);
    total.push_back(times.totalNs);
    state.SetIterationTime(static_cast<double>(times.pauseNs) * 1e-9);
  }
  const auto counter = [&](const char *name, uint64_t value) {
    state.counters[name] = static_cast<double>(value);
  };
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(count));
  const uint64_t empty = medianOf(floors.empty), write = medianOf(floors.write);
  counter("empty_ns", empty);
  counter("write_ns", write);
  counter("pause_ns", medianOf(pause));
  counter("rendezvous_ns", medianOf(rendezvous));
  counter("total_ns", medianOf(total));
  state.counters["x_floor"] =
      static_cast<double>(medianOf(pause)) / static_cast<double>(empty + write);
}

void apply(benchmark::State &state) { act(state, false); }
void revert(benchmark::State &state) { act(state, true); }

void shapes(benchmark::internal::Benchmark *benchmark) {
  benchmark->UseManualTime()
      ->ArgNames({"functions", "cpus"})
      ->ArgsProduct({{1, 10, 100, 1000, 5000}, {1, 2, 4, 16}});
}

BENCHMARK(apply)->Name("apply")->Apply(shapes);
BENCHMARK(revert)->Name("revert")->Apply(shapes);

} // namespace
} // namespace suture::benchmarks

BENCHMARK_MAIN();
