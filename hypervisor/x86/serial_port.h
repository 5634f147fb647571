// SPDX-License-Identifier: Apache-2.0
#pragma once
// A 16550 UART, for output, polled. Source: National Semiconductor PC16550D data sheet.

#include <cstdint>
#include <string_view>

namespace suture::hv::x86 {

class SerialPort final {
public:
  static constexpr uint16_t com1 = 0x3f8;

  constexpr explicit SerialPort(uint16_t base) : base_{base} {}

  /// 115200 baud, 8 data bits, no parity, 1 stop bit, FIFOs on, no interrupts.
  void init() const;
  void write(std::string_view text) const;

private:
  void put(char character) const;

  uint16_t base_;
};

} // namespace suture::hv::x86
