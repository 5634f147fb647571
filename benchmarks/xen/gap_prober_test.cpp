// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/xen/gap_prober.h"

#include <csignal>
#include <gtest/gtest.h>
#include <pthread.h>
#include <time.h>

namespace suture::bench {
namespace {

constexpr long pauseNs = 50'000'000;

void pauseThread(int) {
  const timespec span{0, pauseNs};
  nanosleep(&span, nullptr);
}

/// Ticks of a pause of pauseNs, no more than that.
uint64_t ticksOfPause() {
  const uint64_t start = readTicks();
  pauseThread(0);
  return (readTicks() - start) / 2;
}

TEST(GapProber, SeesThatItsThreadWasHeldUp) {
  // A signal's handler that sleeps is to this thread what a pause of the hypervisor is to a guest.
  struct sigaction action{};
  action.sa_handler = pauseThread;
  ASSERT_EQ(sigaction(SIGUSR1, &action, nullptr), 0);
  GapProber prober(0);
  prober.take();
  ASSERT_EQ(pthread_kill(prober.thread(), SIGUSR1), 0);
  // The answer comes from the thread that sleeps: it is there when the pause is over, or the
  // handler has not begun yet.
  uint64_t longest = 0;
  const uint64_t wanted = ticksOfPause();
  for (int tries = 0; tries < 1000 && longest < wanted; ++tries)
    longest = prober.take();
  EXPECT_GE(longest, wanted);
}

} // namespace
} // namespace suture::bench
