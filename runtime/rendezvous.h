// SPDX-License-Identifier: Apache-2.0
#pragma once
// Stop-machine: one CPU leads, all others stop, the leader works, all go on. Atomics only; what is
// particular to a machine (IPIs, the clock, the serialising instruction) comes in as parameters, so
// that the hypervisor's CPUs and a test's threads run the same code.
//
//   leader   lead(): Idle -> Gathering, kick the others ... all there -> Working, commit
//                                        |                     -> Leaving, wait for all, -> Idle
//                                        +-- deadline -> Idle (those there go on, nothing was done)
//   others   join(): Gathering: count in, spin until the phase is Leaving or the round is over,
//                    serialise, count out
//
// Phase, number of CPUs there and a round number share one word, so that each step is one
// compare-and-swap: a CPU can count itself in only while the round that it saw still gathers. A CPU
// that comes late, to a round that was given up or to the next one, either joins the round that
// there is or finds none.
//
// Rejected: a counter and flags apart (a late CPU may then count itself into a round that was just
// given up, and the next leader starts one too high).

#include "runtime/platform.h"

#include <atomic>
#include <concepts>
#include <cstdint>

namespace suture {

/// A CPU as the rendezvous needs it.
///
///   nowNs(), nowTicks()  As Clock.
///   relax()              Called while spinning: PAUSE; a thread may yield.
///   serialise()          Drops what the CPU has fetched of the instruction stream: an instruction
///                        that serialises, such as CPUID (APM vol.2 7.6.1: after code was modified
///                        by another processor, each processor must serialise before it executes
///                        it). Also the place to drop TLB entries.
template <typename C>
concept RendezvousCpu = requires(C &cpu) {
  { cpu.nowNs() } noexcept -> std::same_as<uint64_t>;
  { cpu.nowTicks() } noexcept -> std::same_as<uint64_t>;
  { cpu.relax() } noexcept -> std::same_as<void>;
  { cpu.serialise() } noexcept -> std::same_as<void>;
};

class Rendezvous final {
public:
  Rendezvous() noexcept = default;
  Rendezvous(const Rendezvous &) = delete;
  Rendezvous &operator=(const Rendezvous &) = delete;

  /// Whether a CPU at its safe point should call join(). Any CPU; a hint for the fast path.
  [[nodiscard]] bool isRequested() const noexcept {
    return phaseOf(word_.load(std::memory_order_relaxed)) != Phase::Idle;
  }

  /// Leads one round on the calling CPU.
  /// \param request  the commit runs here once all CPUs have stopped, never after a time-out.
  /// \param cpus     CPUs that take part, the caller included; at least 1.
  /// \param cpu      the calling CPU.
  /// \param kick     called once to bring the others here (IPIs); may be empty work.
  /// Context: safe, interrupts off.
  template <RendezvousCpu C, std::invocable Kick>
  QuiesceResult lead(const QuiesceRequest &request, uint32_t cpus, C &cpu, Kick &&kick) noexcept {
    QuiesceResult result{.outcome = QuiesceOutcome::Busy, .cpusStopped = 1, .cpusWanted = cpus};
    const uint64_t startNs = cpu.nowNs(), startTicks = cpu.nowTicks();
    uint64_t word = word_.load(std::memory_order_relaxed);
    // Success: this CPU leads a new round. Failure: another CPU leads one, or its CPUs still leave.
    // Acquire pairs with the last round's release in release().
    if (phaseOf(word) != Phase::Idle ||
        !word_.compare_exchange_strong(word, newRound(word), std::memory_order_acq_rel,
                                       std::memory_order_relaxed))
      return result;
    kick();

    const bool all = gather(cpus - 1, startNs + request.timeoutNs, cpu);
    result.cpusStopped = 1 + arrived_;
    result.times.rendezvousNs = cpu.nowNs() - startNs;
    result.times.rendezvousTicks = cpu.nowTicks() - startTicks;
    if (all) {
      request.commit(request.context);
      cpu.serialise();
      release(cpu);
    }
    result.outcome = all ? QuiesceOutcome::Done : QuiesceOutcome::TimedOut;
    // The leader is the first CPU that stopped: it runs no guest from the request on.
    result.times.pauseNs = cpu.nowNs() - startNs;
    result.times.pauseTicks = cpu.nowTicks() - startTicks;
    return result;
  }

  /// Takes part in the round that there is, if there is one; returns when it is over.
  /// Context: safe, interrupts off.
  /// \return whether there was one.
  template <RendezvousCpu C> bool join(C &cpu) noexcept {
    uint64_t word = word_.load(std::memory_order_relaxed);
    // Success: counted in, and the leader waits for this CPU to leave. Failure: another CPU counted
    // itself in, or the round was given up: look again. Release pairs with the acquire in gather():
    // what this CPU did before is done when the leader works.
    do {
      if (phaseOf(word) != Phase::Gathering)
        return false;
    } while (!word_.compare_exchange_weak(word, word + 1, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
    const uint32_t round = roundOf(word);
    // Acquire pairs with the release in release(): the new code is there before it is run.
    for (word = word_.load(std::memory_order_acquire);
         roundOf(word) == round &&
         (phaseOf(word) == Phase::Gathering || phaseOf(word) == Phase::Working);
         word = word_.load(std::memory_order_acquire))
      cpu.relax();
    cpu.serialise();
    if (roundOf(word) == round && phaseOf(word) == Phase::Leaving)
      word_.fetch_sub(1, std::memory_order_release);
    return true;
  }

private:
  enum class Phase : uint8_t { Idle, Gathering, Working, Leaving };

  // word_: bits 0 to 23 CPUs there, the leader not counted; 24 to 31 phase; 32 to 63 round.
  static constexpr uint64_t arrivedMask = 0xffffff;
  static constexpr unsigned phaseShift = 24, roundShift = 32;

  static constexpr uint64_t makeWord(uint32_t round, Phase phase, uint32_t arrived) noexcept {
    return uint64_t{round} << roundShift | uint64_t{static_cast<uint8_t>(phase)} << phaseShift |
           arrived;
  }
  static constexpr Phase phaseOf(uint64_t word) noexcept {
    return static_cast<Phase>(word >> phaseShift & 3);
  }
  static constexpr uint32_t roundOf(uint64_t word) noexcept {
    return static_cast<uint32_t>(word >> roundShift);
  }
  static constexpr uint32_t arrivedIn(uint64_t word) noexcept {
    return static_cast<uint32_t>(word & arrivedMask);
  }
  static constexpr uint64_t newRound(uint64_t word) noexcept {
    return makeWord(roundOf(word) + 1, Phase::Gathering, 0);
  }

  /// Waits for `others` CPUs. True in phase Working; false when it was given up, in phase Idle.
  template <RendezvousCpu C> bool gather(uint32_t others, uint64_t deadlineNs, C &cpu) noexcept {
    uint64_t word = word_.load(std::memory_order_acquire);
    while (true) {
      const bool all = arrivedIn(word) == others;
      if (!all && cpu.nowNs() < deadlineNs) {
        cpu.relax();
        word = word_.load(std::memory_order_acquire);
        continue;
      }
      const uint64_t next = all ? makeWord(roundOf(word), Phase::Working, others)
                                : makeWord(roundOf(word), Phase::Idle, 0);
      // Success: the round goes on or is over for all. Failure: a CPU counted itself in meanwhile;
      // it may have been the last one.
      if (word_.compare_exchange_strong(word, next, std::memory_order_acq_rel,
                                        std::memory_order_acquire)) {
        arrived_ = arrivedIn(word);
        return all;
      }
    }
  }

  /// Lets all go on and waits until each has serialised.
  template <RendezvousCpu C> void release(C &cpu) noexcept {
    const uint64_t working = word_.load(std::memory_order_relaxed);
    const uint32_t round = roundOf(working);
    // Release pairs with the acquire in join().
    word_.store(makeWord(round, Phase::Leaving, arrivedIn(working)), std::memory_order_release);
    while (arrivedIn(word_.load(std::memory_order_acquire)) != 0)
      cpu.relax();
    word_.store(makeWord(round, Phase::Idle, 0), std::memory_order_release);
  }

  std::atomic<uint64_t> word_{0};
  /// The leader's own: CPUs that were there when gather() ended.
  uint32_t arrived_ = 0;
};

} // namespace suture
