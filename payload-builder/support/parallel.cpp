// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace suture::builder {

void parallelFor(size_t count, const std::function<void(size_t index)> &work) {
  // Relaxed: the counter only hands out indices; joining the threads publishes their results.
  std::atomic<size_t> next = 0;
  const auto run = [&] {
    for (size_t index = next.fetch_add(1, std::memory_order_relaxed); index < count;
         index = next.fetch_add(1, std::memory_order_relaxed))
      work(index);
  };
  const size_t threads = std::min<size_t>(count, std::max(1u, std::thread::hardware_concurrency()));
  std::vector<std::jthread> helpers;
  for (size_t i = 1; i < threads; ++i)
    helpers.emplace_back(run);
  run();
}

} // namespace suture::builder
