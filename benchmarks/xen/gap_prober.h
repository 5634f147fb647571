// SPDX-License-Identifier: Apache-2.0
#pragma once
// Looks for gaps in time: what a pause of the hypervisor is to the code that runs on top of it.

#include <atomic>
#include <cstdint>
#include <thread>

namespace suture::bench {

/// Ticks of this CPU's time stamp counter.
uint64_t readTicks();

/// Lets the calling thread run on one CPU only. \returns whether that could be done.
bool pinTo(unsigned cpu);

/// A thread that reads the TSC without end, on a CPU of its own, and keeps the longest step from
/// one reading to the next.
class GapProber final {
public:
  explicit GapProber(unsigned cpu);
  ~GapProber();
  GapProber(const GapProber &) = delete;
  GapProber &operator=(const GapProber &) = delete;

  /// The longest gap, in ticks, since the last call.
  uint64_t take();
  std::thread::native_handle_type thread() { return thread_.native_handle(); }

private:
  void run(unsigned cpu);

  std::atomic<uint32_t> asked_{0};
  std::atomic<uint32_t> answered_{0};
  std::atomic<uint64_t> longest_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// A thread that keeps a CPU busy. It computes, and gives up its turn now and then (PAUSE): where
/// one thread emulates all CPUs, the prober would otherwise measure the turns.
class Spinner final {
public:
  explicit Spinner(unsigned cpu);
  ~Spinner();
  Spinner(const Spinner &) = delete;
  Spinner &operator=(const Spinner &) = delete;

private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

} // namespace suture::bench
