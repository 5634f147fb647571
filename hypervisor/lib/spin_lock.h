// SPDX-License-Identifier: Apache-2.0
#pragma once
// A ticket lock: fair, and small. Hypervisor code runs with interrupts off, except for the window
// in which the loop takes them, so that a lock is never held by the code that an interrupt stopped.

#include <atomic>
#include <cstdint>

namespace suture::hv {

class SpinLock final {
public:
  constexpr SpinLock() = default;
  SpinLock(const SpinLock &) = delete;
  SpinLock &operator=(const SpinLock &) = delete;

  void lock() {
    uint32_t ticket = next_.fetch_add(1, std::memory_order_relaxed);
    // Pairs with the release in unlock().
    while (serving_.load(std::memory_order_acquire) != ticket)
      __builtin_ia32_pause();
  }
  void unlock() {
    serving_.store(serving_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

private:
  std::atomic<uint32_t> next_{0};
  std::atomic<uint32_t> serving_{0};
};

class [[nodiscard]] LockGuard final {
public:
  explicit LockGuard(SpinLock &lock) : lock_{lock} { lock_.lock(); }
  ~LockGuard() { lock_.unlock(); }
  LockGuard(const LockGuard &) = delete;
  LockGuard &operator=(const LockGuard &) = delete;

private:
  SpinLock &lock_;
};

} // namespace suture::hv
