// SPDX-License-Identifier: Apache-2.0
#pragma once
// A virtio device on PCI, modern interface only. Source: Virtio 1.1, 4.1 and 3.1.1.

#include "hypervisor/memory/address_space.h"
#include "hypervisor/pci/config.h"
#include "hypervisor/virtio/queue.h"

#include <expected>

namespace suture::hv::virtio {

enum class DeviceError : uint8_t {
  /// A capability of the modern interface is missing or its window is not memory.
  NotModern,
  /// The device does not offer a feature that the driver needs, or refused the choice.
  Features,
  NoMsix,
  NoMemory,
};

/// A queue that the device knows, and where to notify it.
struct DeviceQueue {
  Queue ring;
  uint16_t index = 0;
  uint32_t notifyOffset = 0;
};

class PciDevice final {
public:
  /// Resets the device, agrees on features (version 1 is always among them), routes its interrupts.
  static std::expected<PciDevice, DeviceError> open(const pci::Function &function,
                                                    AddressSpace &memory, uint64_t features,
                                                    uint32_t apicId, unsigned vector);

  [[nodiscard]] uint16_t queueCount() const;
  /// Sets a queue up in a ring page and routes its interrupt. At most maxQueueSize descriptors.
  /// \param ring  zeroed page in the direct map.
  DeviceQueue enableQueue(uint16_t index, RingPage &ring) const;
  /// All queues are set up: the device may start.
  void start() const;
  /// Tells the device that a queue has new buffers.
  void notify(const DeviceQueue &queue) const;
  [[nodiscard]] uint32_t readConfig32(uint32_t offset) const;

  /// A device that was not opened: only to be assigned to.
  constexpr PciDevice() = default;

private:
  HvVirt common_, notify_, config_;
  uint32_t notifyMultiplier_ = 0;
};

} // namespace suture::hv::virtio
