// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/pci/msix.h"

namespace suture::hv::pci {
namespace {

constexpr uint8_t msixCapability = 0x11;
constexpr uint16_t enable = 1u << 15;
constexpr uint16_t functionMask = 1u << 14;
constexpr uint16_t sizeMask = 0x7ff;
constexpr uint32_t messageBase = 0xfee0'0000;
constexpr uint32_t entryMasked = 1;

struct Entry {
  uint32_t addressLow, addressHigh, data, control;
};
static_assert(sizeof(Entry) == 16);

} // namespace

bool enableMsix(const Function &function, AddressSpace &memory, uint32_t apicId, unsigned vector) {
  const uint8_t at = function.nextCapability(msixCapability);
  if (at == 0)
    return false;
  const auto controlAt = static_cast<uint16_t>(at + 2);
  const uint16_t control = function.read16(controlAt);
  const uint32_t table = function.read32(static_cast<uint16_t>(at + 4));
  const size_t count = (control & sizeMask) + 1u;
  const auto window = function.memoryWindow(table & 7);
  if (!window)
    return false;
  const auto mapped = memory.mapDevice(*window + (table & ~7u), count * sizeof(Entry));
  if (!mapped)
    return false;
  function.write16(controlAt, static_cast<uint16_t>(control | enable | functionMask));
  auto *entries = reinterpret_cast<volatile Entry *>(mapped->value);
  for (size_t i = 0; i < count; ++i) {
    entries[i].addressLow = messageBase | apicId << 12;
    entries[i].addressHigh = 0;
    entries[i].data = vector;
    entries[i].control = i == 0 ? 0 : entryMasked;
  }
  function.write16(controlAt, static_cast<uint16_t>((control | enable) & ~functionMask));
  return true;
}

} // namespace suture::hv::pci
