// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/xen/gap_prober.h"

#include <sched.h>
#include <x86intrin.h>

namespace suture::bench {

uint64_t readTicks() { return __rdtsc(); }

bool pinTo(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof(set), &set) == 0;
}

GapProber::GapProber(unsigned cpu) : thread_([this, cpu] { run(cpu); }) {}

GapProber::~GapProber() {
  stop_.store(true, std::memory_order_relaxed);
  thread_.join();
}

uint64_t GapProber::take() {
  const uint32_t ticket = asked_.load(std::memory_order_relaxed) + 1;
  asked_.store(ticket, std::memory_order_relaxed);
  // Pairs with the release in run(): the gap belongs to this ticket.
  while (answered_.load(std::memory_order_acquire) != ticket)
    _mm_pause();
  return longest_.load(std::memory_order_relaxed);
}

void GapProber::run(unsigned cpu) {
  pinTo(cpu);
  uint32_t answered = 0;
  uint64_t longest = 0;
  uint64_t last = readTicks();
  while (!stop_.load(std::memory_order_relaxed)) {
    // Where one thread emulates all CPUs, this gives the others their turn.
    _mm_pause();
    const uint64_t now = readTicks();
    if (now - last > longest)
      longest = now - last;
    last = now;
    const uint32_t asked = asked_.load(std::memory_order_relaxed);
    if (asked == answered)
      continue;
    longest_.store(longest, std::memory_order_relaxed);
    // Pairs with the acquire in take().
    answered_.store(asked, std::memory_order_release);
    answered = asked;
    longest = 0;
  }
}

Spinner::Spinner(unsigned cpu)
    : thread_([this, cpu] {
        pinTo(cpu);
        constexpr uint32_t stepsOfTurn = 50;
        for (uint64_t state = 1; !stop_.load(std::memory_order_relaxed); _mm_pause())
          for (uint32_t step = 0; step < stepsOfTurn; ++step) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            asm volatile("" : : "r"(state));
          }
      }) {}

Spinner::~Spinner() {
  stop_.store(true, std::memory_order_relaxed);
  thread_.join();
}

} // namespace suture::bench
