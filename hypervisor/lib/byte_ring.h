// SPDX-License-Identifier: Apache-2.0
#pragma once
// A byte queue between one producer and one consumer, each on any CPU, without a lock. It refuses
// what does not fit: nothing is lost or overwritten, the producer tries again.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <span>

namespace suture::hv {

/// \tparam Capacity  bytes, a power of two.
template <size_t Capacity> class ByteRing final {
  static_assert((Capacity & (Capacity - 1)) == 0);

public:
  /// Producer: false when the ring is full.
  [[nodiscard]] bool push(std::byte value) {
    size_t tail = tail_.load(std::memory_order_relaxed);
    // Pairs with the release store in pop(): the consumer is done with the slot.
    if (tail - head_.load(std::memory_order_acquire) == Capacity)
      return false;
    bytes_[tail % Capacity] = value;
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  /// Consumer: moves up to out.size() bytes; returns how many.
  size_t pop(std::span<std::byte> out) {
    size_t head = head_.load(std::memory_order_relaxed);
    // Pairs with the release store in push(): the bytes are there.
    size_t count = std::min(tail_.load(std::memory_order_acquire) - head, out.size());
    for (size_t i = 0; i < count; ++i)
      out[i] = bytes_[(head + i) % Capacity];
    head_.store(head + count, std::memory_order_release);
    return count;
  }

  [[nodiscard]] bool empty() const {
    return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire);
  }
  [[nodiscard]] bool full() const {
    return tail_.load(std::memory_order_acquire) - head_.load(std::memory_order_acquire) ==
           Capacity;
  }

private:
  std::atomic<size_t> head_{0};
  std::atomic<size_t> tail_{0};
  std::array<std::byte, Capacity> bytes_{};
};

} // namespace suture::hv
