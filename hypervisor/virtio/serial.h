// SPDX-License-Identifier: Apache-2.0
#pragma once
// The virtio console device with its many ports, each with a name and a byte stream both ways.
// Source: Virtio 1.1, 5.3. All of it runs on one CPU; nothing waits for the device: what cannot be
// sent now is left to the caller, who is called again when there is room.

#include "hypervisor/memory/page_allocator.h"
#include "hypervisor/virtio/pci_device.h"

#include <array>
#include <span>
#include <string_view>

namespace suture::hv::virtio {

/// Number of a port as the device counts, 0 to 31.
using PortNumber = uint32_t;

class SerialDevice final {
public:
  static constexpr size_t maxPorts = 32;
  static constexpr size_t buffersPerQueue = 8;
  /// The device says of all ports at once that they are there, and drops what it has no buffer for.
  static constexpr size_t controlBufferCount = 32;
  static constexpr size_t controlBufferSize = 256;
  static constexpr size_t controlBuffersPerPage = pageSize / controlBufferSize;

  constexpr SerialDevice() = default;
  SerialDevice(const SerialDevice &) = delete;
  SerialDevice &operator=(const SerialDevice &) = delete;

  static constexpr pci::Identity identity{0x1af4, 0x1043};

  /// Starts the device; its ports become known by processEvents().
  std::expected<void, DeviceError> open(const pci::Function &function, AddressSpace &memory,
                                        PageAllocator &pages, uint32_t apicId, unsigned vector);

  /// Takes what the device says of its ports: new ones, names, opened and closed.
  void processEvents();

  [[nodiscard]] std::optional<PortNumber> find(std::string_view name) const;
  /// Changes whenever the host opens or closes the port.
  [[nodiscard]] uint32_t session(PortNumber port) const { return ports_[port].session; }

  /// The oldest bytes that came and were not taken; empty when there are none. They stay until
  /// consumed.
  [[nodiscard]] std::span<const std::byte> received(PortNumber port);
  /// Done with the first `size` bytes of received().
  void consume(PortNumber port, size_t size);

  /// Room for the next bytes to send; empty when the host has not taken enough yet.
  [[nodiscard]] std::span<std::byte> room(PortNumber port);
  /// Sends the first `size` bytes of room().
  void send(PortNumber port, size_t size);

private:
  struct Port {
    std::array<char, 64> name{};
    size_t nameSize = 0;
    uint32_t session = 0;
    DeviceQueue receive, transmit;
    std::array<HvPhys, buffersPerQueue> receiveBuffers{}, transmitBuffers{};
    /// Bit per transmit buffer that is not with the device.
    uint32_t transmitFree = 0;
    /// The receive buffer being read, and what is left of it.
    std::optional<uint16_t> reading;
    size_t readOffset = 0, readSize = 0;
    bool ready = false;
  };

  bool makeQueue(uint16_t index, DeviceQueue &queue, PageAllocator &pages);
  bool makeBuffers(std::span<HvPhys> buffers, PageAllocator &pages);
  [[nodiscard]] HvPhys controlBuffer(size_t slot) const;
  void takeControlMessages();
  void handleControl(std::span<const std::byte> message);
  void sendControl(PortNumber port, uint16_t event, uint16_t value);
  void openPort(PortNumber number);

  PciDevice device_;
  PageAllocator *pages_ = nullptr;
  DeviceQueue controlReceive_, controlTransmit_;
  std::array<HvPhys, controlBufferCount / controlBuffersPerPage> controlPages_{};
  /// Bit per port that the device has added and that was not made ready.
  uint32_t addedPorts_ = 0;
  HvPhys controlOut_;
  std::array<Port, maxPorts> ports_{};
  size_t portCount_ = 0;
};

} // namespace suture::hv::virtio
