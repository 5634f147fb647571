// SPDX-License-Identifier: Apache-2.0
#pragma once
// PCI configuration space through ports 0xcf8 and 0xcfc. Source: PCI Local Bus 3.0, 3.2.2.3 and
// chapter 6.

#include "hypervisor/lib/address.h"

#include <cstdint>
#include <optional>

namespace suture::hv::pci {

/// Bus, device and function.
struct Location {
  uint8_t bus = 0;
  uint8_t device = 0;
  uint8_t function = 0;
};

struct Identity {
  uint16_t vendor;
  uint16_t device;
};

/// One function of a device.
class Function final {
public:
  explicit Function(Location location) : location_{location} {}

  [[nodiscard]] uint8_t read8(uint16_t offset) const;
  [[nodiscard]] uint16_t read16(uint16_t offset) const;
  [[nodiscard]] uint32_t read32(uint16_t offset) const;
  void write16(uint16_t offset, uint16_t value) const;
  void write32(uint16_t offset, uint32_t value) const;

  [[nodiscard]] Identity identity() const { return {read16(0), read16(2)}; }
  [[nodiscard]] Location location() const { return location_; }
  /// Lets it decode its memory and reach ours.
  void enableMemoryAndBusMaster() const;
  /// Machine address of memory window `index`, 0 to 5; nothing for a port window or none at all.
  [[nodiscard]] std::optional<HvPhys> memoryWindow(uint8_t index) const;
  /// Offset of the first capability of that kind after `after`, or 0.
  [[nodiscard]] uint8_t nextCapability(uint8_t kind, uint8_t after = 0) const;

private:
  void select(uint16_t offset) const;

  Location location_;
};

/// The first function with that identity on any bus.
std::optional<Function> find(Identity wanted);

} // namespace suture::hv::pci
