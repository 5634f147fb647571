// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/uart.h"

#include <gtest/gtest.h>

namespace suture::hv {
namespace {

TEST(Uart, KeepsOutputInOrder) {
  Uart uart;
  for (char c : std::string_view{"hello"})
    ASSERT_EQ(uart.write(0, static_cast<uint8_t>(c)), Uart::WriteResult::Done);
  std::array<std::byte, 8> out{};
  ASSERT_EQ(uart.output.pop(out), 5u);
  EXPECT_EQ(out[4], std::byte{'o'});
}

TEST(Uart, SaysWhenItIsFullAndLosesNothing) {
  Uart uart;
  size_t written = 0;
  while (uart.write(0, static_cast<uint8_t>(written)) == Uart::WriteResult::Done)
    ++written;
  EXPECT_EQ(written, 8192u);
  EXPECT_EQ(uart.read(5) & 0x20, 0);
  std::array<std::byte, 1> out{};
  ASSERT_EQ(uart.output.pop(out), 1u);
  EXPECT_EQ(out[0], std::byte{0});
  EXPECT_EQ(uart.read(5) & 0x20, 0x20);
}

TEST(Uart, GivesInputOnce) {
  Uart uart;
  EXPECT_EQ(uart.read(5) & 1, 0);
  ASSERT_TRUE(uart.input.push(std::byte{'x'}));
  EXPECT_EQ(uart.read(5) & 1, 1);
  EXPECT_EQ(uart.read(0), 'x');
  EXPECT_EQ(uart.read(5) & 1, 0);
}

TEST(Uart, TheDivisorHidesData) {
  Uart uart;
  ASSERT_EQ(uart.write(3, 0x80), Uart::WriteResult::Done);
  ASSERT_EQ(uart.write(0, 12), Uart::WriteResult::Done);
  EXPECT_EQ(uart.read(0), 12);
  ASSERT_EQ(uart.write(3, 0x03), Uart::WriteResult::Done);
  EXPECT_TRUE(uart.output.empty());
}

} // namespace
} // namespace suture::hv
