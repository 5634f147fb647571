// SPDX-License-Identifier: Apache-2.0
#pragma once
// Time as the calling thread's processor time, so that a busy machine does not lengthen it (it
// still costs cache misses), and the floor that most programs compare with.

#include "benchmarks/scene/machine.h"

#include <benchmark/benchmark.h>

#include <cstring>
#include <ctime>

namespace suture::benchmarks {

/// ns of processor time that this thread has used. About 0.2 us a call.
[[nodiscard]] inline uint64_t threadNs() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

/// Median ns of copying `from` into memory that was touched before, the calls of threadNs()
/// included as in what is measured.
/// \param copies  that share the two calls: many, where what is measured has no such calls in it.
[[nodiscard]] inline uint64_t copyFloorNs(std::span<const std::byte> from, uint64_t copies = 1) {
  std::vector<std::byte> to(from.size());
  std::vector<uint64_t> times;
  for (int round = 0; round < 31; ++round) {
    const uint64_t start = threadNs();
    for (uint64_t copy = 0; copy < copies; ++copy) {
      std::memcpy(to.data(), from.data(), from.size());
      benchmark::DoNotOptimize(to.data());
      benchmark::ClobberMemory();
    }
    times.push_back((threadNs() - start) / copies);
  }
  return medianOf(std::move(times));
}

} // namespace suture::benchmarks
