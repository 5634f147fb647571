// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/pci/config.h"

#include "hypervisor/x86/instructions.h"

namespace suture::hv::pci {
namespace {

constexpr uint16_t addressPort = 0xcf8;
constexpr uint16_t dataPort = 0xcfc;
constexpr uint32_t enable = 1u << 31;

constexpr uint16_t commandRegister = 0x04;
constexpr uint16_t headerType = 0x0e;
constexpr uint16_t firstWindow = 0x10;
constexpr uint16_t capabilitiesPointer = 0x34;
constexpr uint16_t memorySpace = 1u << 1;
constexpr uint16_t busMaster = 1u << 2;
constexpr uint8_t multipleFunctions = 0x80;
constexpr uint16_t nobody = 0xffff;

} // namespace

void Function::select(uint16_t offset) const {
  x86::out32(addressPort, enable | uint32_t{location_.bus} << 16 |
                              uint32_t{location_.device} << 11 | uint32_t{location_.function} << 8 |
                              (offset & 0xfcu));
}

uint32_t Function::read32(uint16_t offset) const {
  select(offset);
  return x86::in32(dataPort);
}
uint16_t Function::read16(uint16_t offset) const {
  return static_cast<uint16_t>(read32(offset) >> (8 * (offset & 2)));
}
uint8_t Function::read8(uint16_t offset) const {
  return static_cast<uint8_t>(read32(offset) >> (8 * (offset & 3)));
}
void Function::write32(uint16_t offset, uint32_t value) const {
  select(offset);
  x86::out32(dataPort, value);
}
void Function::write16(uint16_t offset, uint16_t value) const {
  select(offset);
  x86::out16(static_cast<uint16_t>(dataPort + (offset & 2)), value);
}

void Function::enableMemoryAndBusMaster() const {
  write16(commandRegister,
          static_cast<uint16_t>(read16(commandRegister) | memorySpace | busMaster));
}

std::optional<HvPhys> Function::memoryWindow(uint8_t index) const {
  const auto offset = static_cast<uint16_t>(firstWindow + 4 * index);
  const uint32_t low = read32(offset);
  constexpr uint32_t portWindow = 1;
  constexpr uint32_t typeMask = 6;
  constexpr uint32_t type64 = 4;
  if ((low & portWindow) != 0)
    return std::nullopt;
  uint64_t address = low & ~uint32_t{0xf};
  if ((low & typeMask) == type64)
    address |= uint64_t{read32(static_cast<uint16_t>(offset + 4))} << 32;
  if (address == 0)
    return std::nullopt;
  return HvPhys{address};
}

uint8_t Function::nextCapability(uint8_t kind, uint8_t after) const {
  uint8_t at = read8(after == 0 ? capabilitiesPointer : static_cast<uint16_t>(after + 1)) & 0xfc;
  // At most 48 capabilities fit: a longer walk is a loop.
  for (int steps = 0; at != 0 && steps < 48; ++steps) {
    if (read8(at) == kind)
      return at;
    at = read8(static_cast<uint16_t>(at + 1)) & 0xfc;
  }
  return 0;
}

std::optional<Function> find(Identity wanted) {
  for (unsigned bus = 0; bus < 256; ++bus)
    for (uint8_t device = 0; device < 32; ++device)
      for (uint8_t function = 0; function < 8; ++function) {
        const Function candidate{{static_cast<uint8_t>(bus), device, function}};
        const Identity identity = candidate.identity();
        if (identity.vendor == wanted.vendor && identity.device == wanted.device)
          return candidate;
        const bool single =
            function == 0 &&
            (identity.vendor == nobody || (candidate.read8(headerType) & multipleFunctions) == 0);
        if (single)
          break;
      }
  return std::nullopt;
}

} // namespace suture::hv::pci
