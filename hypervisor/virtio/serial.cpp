// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/virtio/serial.h"

#include "hypervisor/memory/layout.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace suture::hv::virtio {
namespace {

constexpr uint64_t multiport = uint64_t{1} << 1;
constexpr uint32_t maxPortsConfig = 4;
constexpr uint16_t controlReceiveQueue = 2;
constexpr uint16_t controlTransmitQueue = 3;

/// Virtio 1.1, 5.3.6.2.
struct ControlMessage {
  uint32_t port;
  uint16_t event;
  uint16_t value;
};
static_assert(sizeof(ControlMessage) == 8);

constexpr uint16_t deviceReady = 0;
constexpr uint16_t portAdd = 1;
constexpr uint16_t portReady = 3;
constexpr uint16_t portOpen = 6;
constexpr uint16_t portName = 7;

constexpr uint16_t receiveQueueOf(size_t port) {
  return static_cast<uint16_t>(port == 0 ? 0 : 2 * port + 2);
}

} // namespace

bool SerialDevice::makeQueue(uint16_t index, DeviceQueue &queue, PageAllocator &pages) {
  auto page = pages.allocate(0);
  if (!page)
    return false;
  queue = device_.enableQueue(index, *new (layout::direct<void>(*page)) RingPage{});
  return true;
}

bool SerialDevice::makeBuffers(std::span<HvPhys> buffers, PageAllocator &pages) {
  for (HvPhys &buffer : buffers) {
    auto page = pages.allocate(0);
    if (!page)
      return false;
    buffer = *page;
  }
  return true;
}

std::expected<void, DeviceError> SerialDevice::open(const pci::Function &function,
                                                    AddressSpace &memory, PageAllocator &pages,
                                                    uint32_t apicId, unsigned vector) {
  auto device = PciDevice::open(function, memory, multiport, apicId, vector);
  if (!device)
    return std::unexpected{device.error()};
  device_ = *device;
  pages_ = &pages;
  portCount_ = std::min<size_t>(device_.readConfig32(maxPortsConfig), maxPorts);
  bool memoryLeft = makeQueue(controlReceiveQueue, controlReceive_, pages) &&
                    makeQueue(controlTransmitQueue, controlTransmit_, pages) &&
                    makeBuffers(controlPages_, pages) && makeBuffers({&controlOut_, 1}, pages);
  for (size_t i = 0; i < portCount_ && memoryLeft; ++i)
    memoryLeft = makeQueue(receiveQueueOf(i), ports_[i].receive, pages) &&
                 makeQueue(static_cast<uint16_t>(receiveQueueOf(i) + 1), ports_[i].transmit, pages);
  if (!memoryLeft)
    return std::unexpected{DeviceError::NoMemory};
  device_.start();
  const auto controlBuffers =
      static_cast<uint16_t>(std::min<size_t>(controlReceive_.ring.size(), controlBufferCount));
  for (uint16_t i = 0; i < controlBuffers; ++i)
    controlReceive_.ring.submit(i, controlBuffer(i), controlBufferSize, Direction::FromDevice);
  device_.notify(controlReceive_);
  sendControl(0, deviceReady, 1);
  return {};
}

void SerialDevice::sendControl(PortNumber port, uint16_t event, uint16_t value) {
  // One message at a time: the device takes it before notify() returns, or soon after.
  const ControlMessage message{port, event, value};
  std::memcpy(layout::direct<void>(controlOut_), &message, sizeof(message));
  controlTransmit_.ring.submit(0, controlOut_, sizeof(message), Direction::ToDevice);
  device_.notify(controlTransmit_);
  while (!controlTransmit_.ring.complete())
    __builtin_ia32_pause();
}

HvPhys SerialDevice::controlBuffer(size_t slot) const {
  return HvPhys{controlPages_[slot / controlBuffersPerPage].value +
                slot % controlBuffersPerPage * controlBufferSize};
}

void SerialDevice::processEvents() {
  takeControlMessages();
  // A port that is made ready brings messages of its own. One port after another, each with all
  // buffers at the device, so that it has room for them.
  while (addedPorts_ != 0) {
    const auto port = static_cast<PortNumber>(std::countr_zero(addedPorts_));
    addedPorts_ &= addedPorts_ - 1;
    sendControl(port, portReady, 1);
    takeControlMessages();
  }
}

void SerialDevice::takeControlMessages() {
  bool any = false;
  while (auto done = controlReceive_.ring.complete()) {
    const HvPhys buffer = controlBuffer(done->slot % controlBufferCount);
    handleControl({layout::direct<const std::byte>(buffer),
                   std::min<size_t>(done->length, controlBufferSize)});
    controlReceive_.ring.submit(done->slot, buffer, controlBufferSize, Direction::FromDevice);
    any = true;
  }
  if (any)
    device_.notify(controlReceive_);
}

void SerialDevice::handleControl(std::span<const std::byte> bytes) {
  ControlMessage message{};
  if (bytes.size() < sizeof(message))
    return;
  std::memcpy(&message, bytes.data(), sizeof(message));
  if (message.port >= portCount_)
    return;
  Port &port = ports_[message.port];
  switch (message.event) {
  case portAdd:
    addedPorts_ |= uint32_t{1} << message.port;
    break;
  case portName: {
    const auto name = bytes.subspan(sizeof(message));
    port.nameSize = std::min(name.size(), port.name.size());
    std::memcpy(port.name.data(), name.data(), port.nameSize);
    // Some devices count a NUL in.
    while (port.nameSize != 0 && port.name[port.nameSize - 1] == '\0')
      --port.nameSize;
    openPort(message.port);
    break;
  }
  case portOpen:
    ++port.session;
    break;
  default: // resize, console port, port remove: nothing that matters here
    break;
  }
}

void SerialDevice::openPort(PortNumber number) {
  Port &port = ports_[number];
  if (port.ready || !makeBuffers(port.receiveBuffers, *pages_) ||
      !makeBuffers(port.transmitBuffers, *pages_))
    return;
  port.ready = true;
  port.transmitFree = (1u << buffersPerQueue) - 1;
  for (uint16_t i = 0; i < buffersPerQueue; ++i)
    port.receive.ring.submit(i, port.receiveBuffers[i], pageSize, Direction::FromDevice);
  device_.notify(port.receive);
  sendControl(number, portOpen, 1);
}

std::optional<PortNumber> SerialDevice::find(std::string_view name) const {
  for (size_t i = 0; i < portCount_; ++i)
    if (ports_[i].ready && std::string_view{ports_[i].name.data(), ports_[i].nameSize} == name)
      return static_cast<PortNumber>(i);
  return std::nullopt;
}

std::span<const std::byte> SerialDevice::received(PortNumber number) {
  Port &port = ports_[number];
  while (!port.reading) {
    const auto done = port.receive.ring.complete();
    if (!done || done->slot >= buffersPerQueue)
      return {};
    port.reading = done->slot;
    port.readOffset = 0;
    port.readSize = std::min<size_t>(done->length, pageSize);
    if (port.readSize == 0)
      consume(number, 0);
  }
  const auto *bytes = layout::direct<const std::byte>(port.receiveBuffers[*port.reading]);
  return std::span{bytes, port.readSize}.subspan(port.readOffset);
}

void SerialDevice::consume(PortNumber number, size_t size) {
  Port &port = ports_[number];
  port.readOffset += size;
  if (!port.reading || port.readOffset < port.readSize)
    return;
  port.receive.ring.submit(*port.reading, port.receiveBuffers[*port.reading], pageSize,
                           Direction::FromDevice);
  port.reading.reset();
  device_.notify(port.receive);
}

std::span<std::byte> SerialDevice::room(PortNumber number) {
  Port &port = ports_[number];
  while (auto done = port.transmit.ring.complete())
    if (done->slot < buffersPerQueue)
      port.transmitFree |= 1u << done->slot;
  if (port.transmitFree == 0)
    return {};
  const auto slot = static_cast<size_t>(std::countr_zero(port.transmitFree));
  return {layout::direct<std::byte>(port.transmitBuffers[slot]), pageSize};
}

void SerialDevice::send(PortNumber number, size_t size) {
  Port &port = ports_[number];
  const auto slot = static_cast<uint16_t>(std::countr_zero(port.transmitFree));
  port.transmitFree &= port.transmitFree - 1;
  port.transmit.ring.submit(slot, port.transmitBuffers[slot], static_cast<uint32_t>(size),
                            Direction::ToDevice);
  device_.notify(port.transmit);
}

} // namespace suture::hv::virtio
