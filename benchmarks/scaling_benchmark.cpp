// SPDX-License-Identifier: Apache-2.0
// How the core's work grows with the number of payloads and symbols: each line's complexity is
// fitted at the end (BigO), and its time an item should not grow with their number. What holds it
// there is benchmarks/guard/scaling_test.py, by instructions.

#include "benchmarks/scene/crowd.h"

#include <benchmark/benchmark.h>

#include <memory>

namespace suture::benchmarks {
namespace {

/// What is measured, with what is done before and after it, not measured.
struct Step {
  void (Crowd::*measured)();
  bool uploaded;
};

void run(benchmark::State &state, const Step &step) {
  const auto count = static_cast<uint32_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    auto crowd = std::make_unique<Crowd>(count);
    if (step.uploaded)
      crowd->upload();
    state.ResumeTiming();
    ((*crowd).*step.measured)();
    state.PauseTiming();
    crowd.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(count));
  state.SetComplexityN(state.range(0));
}

void shape(benchmark::internal::Benchmark *benchmark) {
  benchmark->ArgName("payloads")
      ->RangeMultiplier(10)
      ->Range(100, 10'000)
      ->Iterations(3)
      ->Unit(benchmark::kMillisecond)
      ->Complexity();
}

BENCHMARK_CAPTURE(run, upload, Step{&Crowd::upload, false})->Name("scaling/upload")->Apply(shape);
BENCHMARK_CAPTURE(run, list, Step{&Crowd::list, true})->Name("scaling/list")->Apply(shape);
BENCHMARK_CAPTURE(run, link, Step{&Crowd::link, true})->Name("scaling/link")->Apply(shape);
BENCHMARK_CAPTURE(run, unload, Step{&Crowd::unload, true})->Name("scaling/unload")->Apply(shape);
BENCHMARK_CAPTURE(run, symbols, Step{&Crowd::symbols, true})->Name("scaling/symbols")->Apply(shape);

} // namespace
} // namespace suture::benchmarks

BENCHMARK_MAIN();
