// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/x86/serial_port.h"

#include "hypervisor/x86/instructions.h"

namespace suture::hv::x86 {
namespace {

constexpr uint16_t data = 0;
constexpr uint16_t interruptEnable = 1;
constexpr uint16_t fifoControl = 2;
constexpr uint16_t lineControl = 3;
constexpr uint16_t modemControl = 4;
constexpr uint16_t lineStatus = 5;

} // namespace

void SerialPort::init() const {
  out8(base_ + interruptEnable, 0);
  out8(base_ + lineControl, 0x80); // divisor latch
  out8(base_ + data, 1);
  out8(base_ + interruptEnable, 0);
  out8(base_ + lineControl, 0x03);
  out8(base_ + fifoControl, 0x07);
  out8(base_ + modemControl, 0x03);
}

void SerialPort::put(char character) const {
  // Bounded, so that a port that is not there does not stop the machine.
  for (unsigned tries = 0; tries < 100'000 && (in8(base_ + lineStatus) & 0x20) == 0; ++tries)
    pause();
  out8(base_ + data, static_cast<uint8_t>(character));
}

void SerialPort::write(std::string_view text) const {
  for (char character : text) {
    if (character == '\n')
      put('\r');
    put(character);
  }
}

} // namespace suture::hv::x86
