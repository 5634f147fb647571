// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/guest_walk.h"
#include "hypervisor/guest/instruction_length.h"

#include <cstring>
#include <gtest/gtest.h>
#include <vector>

namespace suture::hv {
namespace {

TEST(InstructionLength, CountsPrefixes) {
  const uint8_t plain[] = {0x0f, 0xa2, 0x90};
  const uint8_t rex[] = {0x66, 0x48, 0x0f, 0xa2};
  EXPECT_EQ(instructionLength(plain, opcode::cpuid, true), 2u);
  EXPECT_EQ(instructionLength(rex, opcode::cpuid, true), 4u);
  EXPECT_EQ(instructionLength(rex, opcode::cpuid, false), std::nullopt);
}

TEST(InstructionLength, RefusesAnotherInstructionAndTruncation) {
  const uint8_t code[] = {0x0f, 0x01, 0xd9};
  EXPECT_EQ(instructionLength(code, opcode::vmmcall, true), 3u);
  EXPECT_EQ(instructionLength(code, opcode::cpuid, true), std::nullopt);
  EXPECT_EQ(instructionLength(std::span{code}.first(2), opcode::vmmcall, true), std::nullopt);
  EXPECT_EQ(instructionLength({}, opcode::hlt, true), std::nullopt);
}

/// Guest memory with a four-level tree at 0x1000 that maps 0x400000 (2 MiB page) and 0x5000.
struct Memory {
  std::vector<std::byte> bytes = std::vector<std::byte>(0x10000);
  Memory() {
    put(0x1000, 0x2003);
    put(0x2000, 0x3003);
    put(0x3000, 0x4003);
    put(0x3000 + 2 * 8, 0x83);
    put(0x4000 + 5 * 8, 0x8003);
  }
  void put(size_t at, uint64_t value) { std::memcpy(&bytes[at], &value, sizeof(value)); }
  ByteView view() const { return ByteView{bytes}; }
};
constexpr PagingState longMode{.cr0 = 0x80000001, .cr3 = 0x1000, .cr4 = 0x20, .efer = 0x500};

TEST(WalkGuest, FollowsLongModeTables) {
  Memory memory;
  EXPECT_EQ(walkGuest(memory.view(), longMode, 0x5123)->value, 0x8123u);
  EXPECT_EQ(walkGuest(memory.view(), longMode, 0x401234)->value, 0x1234u);
  EXPECT_FALSE(walkGuest(memory.view(), longMode, 0x6000));
}

TEST(WalkGuest, WithoutPagingAddressesAreThemselves) {
  EXPECT_EQ(walkGuest(ByteView{}, {.cr0 = 1, .cr3 = 0, .cr4 = 0, .efer = 0}, 0x1234)->value,
            0x1234u);
}

TEST(WalkGuest, ATableOutsideOfMemoryIsNoPage) {
  Memory memory;
  memory.put(0x2000, 0x123456003);
  EXPECT_FALSE(walkGuest(memory.view(), longMode, 0x5000));
}

TEST(ReadGuest, StopsWhereThereIsNoPage) {
  Memory memory;
  uint8_t out[16];
  EXPECT_EQ(readGuest(memory.view(), longMode, 0x5ff8, out), 8u);
}

} // namespace
} // namespace suture::hv
