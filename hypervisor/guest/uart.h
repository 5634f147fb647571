// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest's serial port: enough of a 16550 for polled output and input. Output goes into a ring
// that the CPU with the console device empties; when the ring is full the transmitter is not empty,
// and a byte written all the same is not taken: the guest's instruction is tried again.
// Source: National Semiconductor PC16550D data sheet, section 8.

#include "hypervisor/lib/byte_ring.h"

#include <cstdint>

namespace suture::hv {

class Uart final {
public:
  static constexpr uint16_t firstPort = 0x3f8;
  static constexpr uint16_t portCount = 8;
  static constexpr bool owns(uint16_t port) {
    return port >= firstPort && port < firstPort + portCount;
  }

  /// \param offset  0 to 7, from firstPort.
  [[nodiscard]] uint8_t read(uint16_t offset);

  enum class WriteResult : uint8_t {
    Done,
    /// No room: try again later.
    Full,
  };
  [[nodiscard]] WriteResult write(uint16_t offset, uint8_t value);

  /// What the guest wrote; the console's side is the consumer.
  ByteRing<8192> output;
  /// What the guest will read; the console's side is the producer.
  ByteRing<1024> input;

private:
  [[nodiscard]] bool divisorLatch() const;

  uint8_t lineControl_ = 0;
  uint8_t interruptEnable_ = 0;
  uint8_t modemControl_ = 0;
  uint8_t scratch_ = 0;
  uint8_t divisor_[2] = {1, 0};
};

} // namespace suture::hv
