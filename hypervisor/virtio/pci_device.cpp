// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/virtio/pci_device.h"

#include "hypervisor/memory/layout.h"
#include "hypervisor/pci/msix.h"

#include <algorithm>
#include <optional>

namespace suture::hv::virtio {
namespace {

// Virtio 1.1, 4.1.4: kinds of capability.
constexpr uint8_t vendorCapability = 0x09;
constexpr uint8_t commonConfig = 1;
constexpr uint8_t notifyConfig = 2;
constexpr uint8_t deviceConfig = 4;

// Virtio 1.1, 4.1.4.3: offsets in the common configuration.
constexpr uint32_t deviceFeatureSelect = 0x00;
constexpr uint32_t deviceFeature = 0x04;
constexpr uint32_t driverFeatureSelect = 0x08;
constexpr uint32_t driverFeature = 0x0c;
constexpr uint32_t configVector = 0x10;
constexpr uint32_t numberOfQueues = 0x12;
constexpr uint32_t deviceStatus = 0x14;
constexpr uint32_t queueSelect = 0x16;
constexpr uint32_t queueSize = 0x18;
constexpr uint32_t queueVector = 0x1a;
constexpr uint32_t queueEnable = 0x1c;
constexpr uint32_t queueNotifyOffset = 0x1e;
constexpr uint32_t queueDescriptors = 0x20;
constexpr uint32_t queueAvailable = 0x28;
constexpr uint32_t queueUsed = 0x30;

constexpr uint8_t acknowledge = 1;
constexpr uint8_t driver = 2;
constexpr uint8_t driverOk = 4;
constexpr uint8_t featuresOk = 8;
constexpr uint16_t noVector = 0xffff;
constexpr uint64_t version1 = uint64_t{1} << 32;

template <class T> T load(HvVirt at, uint32_t offset) {
  return *reinterpret_cast<const volatile T *>((at + offset).value);
}
template <class T> void store(HvVirt at, uint32_t offset, T value) {
  *reinterpret_cast<volatile T *>((at + offset).value) = value;
}

struct Window {
  HvVirt address;
  uint8_t capability;
};

std::optional<Window> mapWindow(const pci::Function &function, AddressSpace &memory, uint8_t kind) {
  for (uint8_t at = function.nextCapability(vendorCapability); at != 0;
       at = function.nextCapability(vendorCapability, at)) {
    if (function.read8(static_cast<uint16_t>(at + 3)) != kind)
      continue;
    const auto window = function.memoryWindow(function.read8(static_cast<uint16_t>(at + 4)));
    const uint32_t offset = function.read32(static_cast<uint16_t>(at + 8));
    const uint32_t size = function.read32(static_cast<uint16_t>(at + 12));
    if (!window)
      return std::nullopt;
    if (auto mapped = memory.mapDevice(*window + offset, size))
      return Window{*mapped, at};
    return std::nullopt;
  }
  return std::nullopt;
}

bool agreeOnFeatures(HvVirt common, uint64_t wanted) {
  store<uint32_t>(common, deviceFeatureSelect, 0);
  uint64_t offered = load<uint32_t>(common, deviceFeature);
  store<uint32_t>(common, deviceFeatureSelect, 1);
  offered |= uint64_t{load<uint32_t>(common, deviceFeature)} << 32;
  if ((offered & wanted) != wanted)
    return false;
  store<uint32_t>(common, driverFeatureSelect, 0);
  store<uint32_t>(common, driverFeature, static_cast<uint32_t>(wanted));
  store<uint32_t>(common, driverFeatureSelect, 1);
  store<uint32_t>(common, driverFeature, static_cast<uint32_t>(wanted >> 32));
  store<uint8_t>(common, deviceStatus, acknowledge | driver | featuresOk);
  return (load<uint8_t>(common, deviceStatus) & featuresOk) != 0;
}

} // namespace

std::expected<PciDevice, DeviceError> PciDevice::open(const pci::Function &function,
                                                      AddressSpace &memory, uint64_t features,
                                                      uint32_t apicId, unsigned vector) {
  function.enableMemoryAndBusMaster();
  const auto common = mapWindow(function, memory, commonConfig);
  const auto notify = mapWindow(function, memory, notifyConfig);
  const auto config = mapWindow(function, memory, deviceConfig);
  if (!common || !notify || !config)
    return std::unexpected{DeviceError::NotModern};
  PciDevice device;
  device.common_ = common->address;
  device.notify_ = notify->address;
  device.config_ = config->address;
  device.notifyMultiplier_ = function.read32(static_cast<uint16_t>(notify->capability + 16));

  store<uint8_t>(device.common_, deviceStatus, 0);
  while (load<uint8_t>(device.common_, deviceStatus) != 0) {
  }
  store<uint8_t>(device.common_, deviceStatus, acknowledge | driver);
  if (!agreeOnFeatures(device.common_, features | version1))
    return std::unexpected{DeviceError::Features};
  if (!pci::enableMsix(function, memory, apicId, vector))
    return std::unexpected{DeviceError::NoMsix};
  store<uint16_t>(device.common_, configVector, noVector);
  return device;
}

uint16_t PciDevice::queueCount() const { return load<uint16_t>(common_, numberOfQueues); }

DeviceQueue PciDevice::enableQueue(uint16_t index, RingPage &ring) const {
  store<uint16_t>(common_, queueSelect, index);
  const uint16_t size = std::min(load<uint16_t>(common_, queueSize), maxQueueSize);
  const uint64_t page = layout::physOfDirect(&ring).value;
  // The 64-bit fields may be written in halves (4.1.3.1).
  auto storeAddress = [&](uint32_t offset, uint64_t address) {
    store<uint32_t>(common_, offset, static_cast<uint32_t>(address));
    store<uint32_t>(common_, offset + 4, static_cast<uint32_t>(address >> 32));
  };
  store<uint16_t>(common_, queueSize, size);
  store<uint16_t>(common_, queueVector, 0);
  storeAddress(queueDescriptors, page);
  storeAddress(queueAvailable, page + offsetof(RingPage, available));
  storeAddress(queueUsed, page + offsetof(RingPage, used));
  store<uint16_t>(common_, queueEnable, 1);
  return {Queue{ring, size}, index, load<uint16_t>(common_, queueNotifyOffset) * notifyMultiplier_};
}

void PciDevice::start() const {
  store<uint8_t>(common_, deviceStatus, acknowledge | driver | featuresOk | driverOk);
}

void PciDevice::notify(const DeviceQueue &queue) const {
  store<uint16_t>(notify_, queue.notifyOffset, queue.index);
}

uint32_t PciDevice::readConfig32(uint32_t offset) const { return load<uint32_t>(config_, offset); }

} // namespace suture::hv::virtio
