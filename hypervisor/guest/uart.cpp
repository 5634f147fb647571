// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/uart.h"

#include <array>

namespace suture::hv {
namespace {

constexpr uint16_t dataRegister = 0;
constexpr uint16_t interruptEnable = 1;
constexpr uint16_t interruptIdentification = 2;
constexpr uint16_t lineControl = 3;
constexpr uint16_t modemControl = 4;
constexpr uint16_t lineStatus = 5;
constexpr uint16_t modemStatus = 6;

constexpr uint8_t dataReady = 0x01;
constexpr uint8_t transmitterEmpty = 0x60;
constexpr uint8_t noInterruptPending = 0xc1; // FIFOs on
constexpr uint8_t carrierAndReady = 0xb0;

} // namespace

bool Uart::divisorLatch() const { return (lineControl_ & 0x80) != 0; }

uint8_t Uart::read(uint16_t offset) {
  switch (offset) {
  case dataRegister: {
    if (divisorLatch())
      return divisor_[0];
    std::array<std::byte, 1> byte{};
    return input.pop(byte) == 1 ? std::to_integer<uint8_t>(byte[0]) : 0;
  }
  case interruptEnable:
    return divisorLatch() ? divisor_[1] : interruptEnable_;
  case interruptIdentification:
    return noInterruptPending;
  case lineControl:
    return lineControl_;
  case modemControl:
    return modemControl_;
  case lineStatus:
    return static_cast<uint8_t>((input.empty() ? 0 : dataReady) |
                                (output.full() ? 0 : transmitterEmpty));
  case modemStatus:
    return carrierAndReady;
  default: // 7: scratch
    return scratch_;
  }
}

Uart::WriteResult Uart::write(uint16_t offset, uint8_t value) {
  switch (offset) {
  case dataRegister:
    if (divisorLatch())
      divisor_[0] = value;
    else if (!output.push(std::byte{value}))
      return WriteResult::Full;
    break;
  case interruptEnable:
    (divisorLatch() ? divisor_[1] : interruptEnable_) = value;
    break;
  case lineControl:
    lineControl_ = value;
    break;
  case modemControl:
    modemControl_ = value;
    break;
  case 7:
    scratch_ = value;
    break;
  default: // FIFO control, and registers that are only read
    break;
  }
  return WriteResult::Done;
}

} // namespace suture::hv
