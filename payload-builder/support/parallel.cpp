// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/parallel.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>
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

llvm::Error tryParallelFor(size_t count, const std::function<llvm::Error(size_t index)> &work) {
  std::vector<std::optional<llvm::Error>> errors(count);
  parallelFor(count, [&](size_t index) { errors[index].emplace(work(index)); });
  llvm::Error all = llvm::Error::success();
  for (std::optional<llvm::Error> &error : errors)
    all = llvm::joinErrors(std::move(all), std::move(*error));
  return all;
}

} // namespace suture::builder
