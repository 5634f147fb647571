// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/pipeline/build_payload.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace suture::builder {

/// A line on the terminal that says what a build is doing, once it has taken longer than a second;
/// gone when the build is. Nothing where standard error is no terminal.
class ProgressLine final {
public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine &) = delete;
  ProgressLine &operator=(const ProgressLine &) = delete;

  /// From any thread.
  void show(const Progress &progress);

private:
  void run(const std::stop_token &stop);

  using Clock = std::chrono::steady_clock;
  const Clock::time_point start_ = Clock::now();
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  Progress progress_ = {Stage::Diff};
  /// Last: it uses what is above.
  std::jthread thread_;
};

/// `  3.4 s  changes  120 of 244 units`.
std::string progressText(const Progress &progress, double seconds);

} // namespace suture::builder
