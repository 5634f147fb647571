// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/x86/local_apic.h"

#include "hypervisor/x86/instructions.h"
#include "hypervisor/x86/registers.h"

namespace suture::hv::x86 {
namespace {

// APM vol.2, table 16-2.
constexpr uint32_t idRegister = 0x020;
constexpr uint32_t taskPriority = 0x080;
constexpr uint32_t endOfInterruptRegister = 0x0b0;
constexpr uint32_t spuriousVector = 0x0f0;
constexpr uint32_t commandLow = 0x300;
constexpr uint32_t commandHigh = 0x310;
constexpr uint32_t timerEntry = 0x320;
constexpr uint32_t lint0Entry = 0x350;
constexpr uint32_t lint1Entry = 0x360;
constexpr uint32_t errorEntry = 0x370;
constexpr uint32_t timerInitialCount = 0x380;
constexpr uint32_t timerCurrentCount = 0x390;
constexpr uint32_t timerDivide = 0x3e0;

constexpr uint32_t masked = 1u << 16;
constexpr uint32_t softwareEnable = 1u << 8;
constexpr uint32_t deliverNmi = 4u << 8;
constexpr uint32_t deliverInit = 5u << 8;
constexpr uint32_t deliverStartup = 6u << 8;
constexpr uint32_t levelAssert = 1u << 14;
constexpr uint32_t deliveryPending = 1u << 12;
constexpr uint32_t allButSelf = 3u << 18;
constexpr uint32_t divideBy1 = 0xb;

} // namespace

HvPhys LocalApic::base() { return {readMsr(msr::apicBase) & 0x000f'ffff'ffff'f000}; }

uint32_t LocalApic::read(uint32_t offset) const {
  return *reinterpret_cast<const volatile uint32_t *>((window_ + offset).value);
}
void LocalApic::write(uint32_t offset, uint32_t value) const {
  *reinterpret_cast<volatile uint32_t *>((window_ + offset).value) = value;
}

void LocalApic::enable() const {
  write(spuriousVector, softwareEnable | vector::spurious);
  write(taskPriority, 0);
  write(lint0Entry, masked);
  write(lint1Entry, deliverNmi);
  write(errorEntry, masked);
  write(timerDivide, divideBy1);
  write(timerEntry, vector::timer);
}

uint32_t LocalApic::id() const { return read(idRegister) >> 24; }
void LocalApic::endOfInterrupt() const { write(endOfInterruptRegister, 0); }

void LocalApic::sendCommand(uint32_t destination, uint32_t command) const {
  while ((read(commandLow) & deliveryPending) != 0)
    pause();
  write(commandHigh, destination << 24);
  write(commandLow, command);
}

void LocalApic::sendIpi(uint32_t apicId, unsigned vector) const {
  sendCommand(apicId, levelAssert | vector);
}
void LocalApic::sendIpiToOthers(unsigned vector) const {
  sendCommand(0, allButSelf | levelAssert | vector);
}
void LocalApic::sendInit(uint32_t apicId) const { sendCommand(apicId, levelAssert | deliverInit); }
void LocalApic::sendStartup(uint32_t apicId, HvPhys page) const {
  sendCommand(apicId, levelAssert | deliverStartup | static_cast<uint32_t>(page.value >> 12));
}

void LocalApic::startTimer(uint32_t count) const { write(timerInitialCount, count); }
uint32_t LocalApic::timerCount() const { return read(timerCurrentCount); }

} // namespace suture::hv::x86
