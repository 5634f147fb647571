// SPDX-License-Identifier: Apache-2.0
#include "runtime/rendezvous.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace suture {
namespace {

constexpr uint64_t nsPerSecond = 1'000'000'000;

/// A thread as a CPU.
struct ThreadCpu {
  int serialised = 0;

  uint64_t nowNs() noexcept {
    return static_cast<uint64_t>(
        std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count());
  }
  uint64_t nowTicks() noexcept { return nowNs(); }
  void relax() noexcept { std::this_thread::yield(); }
  void serialise() noexcept { ++serialised; }
};
static_assert(RendezvousCpu<ThreadCpu>);

/// Threads that look for a rendezvous all the time, and what they share without any lock but it.
struct Machine {
  Rendezvous rendezvous;
  std::atomic<bool> stop{false};
  /// Not atomic on purpose: a data race here is what TSan would find.
  uint64_t shared = 0;

  void otherCpu(uint64_t &seen) {
    ThreadCpu cpu;
    while (!stop.load(std::memory_order_relaxed)) {
      if (rendezvous.isRequested() && rendezvous.join(cpu))
        EXPECT_GT(cpu.serialised, 0);
      std::this_thread::yield();
    }
    seen = static_cast<uint64_t>(cpu.serialised);
  }

  static void increment(void *self) noexcept { ++static_cast<Machine *>(self)->shared; }

  QuiesceRequest request(uint64_t timeoutNs) {
    return {.timeoutNs = timeoutNs, .commit = &increment, .context = this};
  }
};

TEST(Rendezvous, CommitRunsOnceEachRoundWithAllOthersStopped) {
  constexpr uint32_t others = 3, rounds = 300;
  Machine machine;
  uint64_t seen[others] = {};
  std::vector<std::thread> threads;
  for (uint64_t &count : seen)
    threads.emplace_back([&machine, &count] { machine.otherCpu(count); });

  ThreadCpu leader;
  for (uint32_t round = 0; round < rounds; ++round) {
    const QuiesceResult result =
        machine.rendezvous.lead(machine.request(60 * nsPerSecond), others + 1, leader, [] {});
    ASSERT_EQ(result.outcome, QuiesceOutcome::Done);
    EXPECT_EQ(result.cpusStopped, others + 1);
    EXPECT_GE(result.times.pauseNs, result.times.rendezvousNs);
  }
  machine.stop = true;
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(machine.shared, rounds);
  EXPECT_EQ(leader.serialised, static_cast<int>(rounds));
  for (uint64_t count : seen)
    EXPECT_EQ(count, rounds);
}

TEST(Rendezvous, TimesOutWithoutCommitWhenACpuDoesNotCome) {
  Machine machine;
  uint64_t seen = 0;
  std::thread present([&] { machine.otherCpu(seen); });
  ThreadCpu leader;
  const QuiesceResult result =
      machine.rendezvous.lead(machine.request(20'000'000), 3, leader, [] {});
  EXPECT_EQ(result.outcome, QuiesceOutcome::TimedOut);
  EXPECT_LE(result.cpusStopped, 2u);
  EXPECT_EQ(result.cpusWanted, 3u);
  EXPECT_GE(result.times.rendezvousNs, 20'000'000u);
  EXPECT_EQ(machine.shared, 0u);

  // The late CPU finds no round, and the next round works with all.
  ThreadCpu late;
  EXPECT_FALSE(machine.rendezvous.join(late));
  const QuiesceResult next =
      machine.rendezvous.lead(machine.request(60 * nsPerSecond), 2, leader, [] {});
  EXPECT_EQ(next.outcome, QuiesceOutcome::Done);
  EXPECT_EQ(machine.shared, 1u);
  machine.stop = true;
  present.join();
}

TEST(Rendezvous, RacingTimeOutsNeverLoseOrDoubleACommit) {
  // Time-outs that often fall into the moment in which the last CPU arrives.
  constexpr uint32_t others = 2;
  Machine machine;
  uint64_t seen[others] = {};
  std::vector<std::thread> threads;
  for (uint64_t &count : seen)
    threads.emplace_back([&machine, &count] { machine.otherCpu(count); });
  ThreadCpu leader;
  uint64_t done = 0;
  for (uint64_t round = 0; round < 2000; ++round) {
    const QuiesceResult result =
        machine.rendezvous.lead(machine.request(1 + round % 64 * 1000), others + 1, leader, [] {});
    done += result.outcome == QuiesceOutcome::Done ? 1 : 0;
    ASSERT_NE(result.outcome, QuiesceOutcome::Busy);
    ASSERT_EQ(machine.shared, done);
  }
  machine.stop = true;
  for (std::thread &thread : threads)
    thread.join();
}

TEST(Rendezvous, OneCpuNeedsNobody) {
  Machine machine;
  ThreadCpu leader;
  const QuiesceResult result = machine.rendezvous.lead(machine.request(1), 1, leader, [] {});
  EXPECT_EQ(result.outcome, QuiesceOutcome::Done);
  EXPECT_EQ(machine.shared, 1u);
  EXPECT_FALSE(machine.rendezvous.isRequested());
}

TEST(Rendezvous, SecondLeaderIsToldBusy) {
  Machine machine;
  struct Nested {
    Machine *machine;
    QuiesceOutcome outcome;
  } nested{&machine, QuiesceOutcome::Done};
  const QuiesceRequest outer{
      .timeoutNs = nsPerSecond,
      .commit =
          [](void *context) noexcept {
            auto *self = static_cast<Nested *>(context);
            ThreadCpu cpu;
            self->outcome =
                self->machine->rendezvous.lead(self->machine->request(1), 1, cpu, [] {}).outcome;
          },
      .context = &nested};
  ThreadCpu leader;
  EXPECT_EQ(machine.rendezvous.lead(outer, 1, leader, [] {}).outcome, QuiesceOutcome::Done);
  EXPECT_EQ(nested.outcome, QuiesceOutcome::Busy);
  EXPECT_EQ(machine.shared, 0u);
}

TEST(Rendezvous, KicksTheOthersOnce) {
  Machine machine;
  ThreadCpu leader;
  int kicks = 0;
  (void)machine.rendezvous.lead(machine.request(1), 1, leader, [&] { ++kicks; });
  EXPECT_EQ(kicks, 1);
}

} // namespace
} // namespace suture
