// SPDX-License-Identifier: Apache-2.0
#pragma once
// A split virtqueue, as its driver. Source: Virtio 1.1, 2.6. One buffer per descriptor, no chains,
// no indirection; the ring lies in one page: descriptors at 0, available ring at 2048, used ring at
// 2560.

#include "hypervisor/lib/address.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace suture::hv::virtio {

inline constexpr uint16_t maxQueueSize = 128;

struct Descriptor {
  uint64_t address;
  uint32_t length;
  uint16_t flags;
  uint16_t next;
};
struct UsedElement {
  uint32_t id;
  uint32_t length;
};
struct RingPage {
  std::array<Descriptor, maxQueueSize> descriptors;
  struct {
    uint16_t flags;
    std::atomic<uint16_t> index;
    std::array<uint16_t, maxQueueSize> ring;
  } available;
  std::array<std::byte, 512 - 4 - 2 * maxQueueSize> padding;
  struct {
    uint16_t flags;
    std::atomic<uint16_t> index;
    std::array<UsedElement, maxQueueSize> ring;
  } used;
};
static_assert(std::is_standard_layout_v<RingPage> && sizeof(RingPage) <= pageSize);
static_assert(offsetof(RingPage, available) == 2048 && offsetof(RingPage, used) == 2560);

enum class Direction : uint8_t { ToDevice, FromDevice };

/// A buffer that the device is done with.
struct Completion {
  /// What submit() was given.
  uint16_t slot;
  /// Bytes that the device wrote.
  uint32_t length;
};

class Queue final {
public:
  constexpr Queue() = default;
  /// \param ring  zeroed; lives as long as this.  \param size  descriptors, a power of two up to
  /// maxQueueSize.
  Queue(RingPage &ring, uint16_t size) : ring_{&ring}, size_{size} {}

  /// Hands buffer number `slot` (below the size, not in flight) to the device.
  void submit(uint16_t slot, HvPhys buffer, uint32_t length, Direction direction) {
    constexpr uint16_t deviceWrites = 2;
    ring_->descriptors[slot] = {.address = buffer.value,
                                .length = length,
                                .flags =
                                    direction == Direction::FromDevice ? deviceWrites : uint16_t{0},
                                .next = 0};
    ring_->available.ring[nextAvailable_ % size_] = slot;
    ++nextAvailable_;
    // Pairs with the device's read of the index: it sees descriptor and ring entry.
    ring_->available.index.store(nextAvailable_, std::memory_order_release);
  }

  /// The next buffer that came back, if any. A device that names a buffer which does not exist is
  /// broken; its completion is dropped.
  std::optional<Completion> complete() {
    // Pairs with the device's write of the index: we see the element.
    while (nextUsed_ != ring_->used.index.load(std::memory_order_acquire)) {
      const UsedElement element = ring_->used.ring[nextUsed_ % size_];
      ++nextUsed_;
      if (element.id < size_)
        return Completion{static_cast<uint16_t>(element.id), element.length};
    }
    return std::nullopt;
  }

  [[nodiscard]] uint16_t size() const { return size_; }

private:
  RingPage *ring_ = nullptr;
  uint16_t size_ = 0;
  uint16_t nextAvailable_ = 0;
  uint16_t nextUsed_ = 0;
};

} // namespace suture::hv::virtio
