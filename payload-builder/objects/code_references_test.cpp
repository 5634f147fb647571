// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/code_references.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

TEST(InstructionTails, AnImmediateBehindTheFieldCounts) {
  const std::vector<uint8_t> code = {
      0x8b, 0x05, 0, 0, 0, 0,             // mov x(%rip),%eax
      0x83, 0x3d, 0, 0, 0, 0, 1,          // cmpl $1,x(%rip)
      0xc7, 0x05, 0, 0, 0, 0, 1, 0, 0, 0, // movl $1,x(%rip)
      0xe8, 0,    0, 0, 0,                // call
  };
  const std::vector<uint64_t> fields = {2, 8, 15, 24};
  EXPECT_EQ(instructionTails(code, fields), (std::vector<uint8_t>{4, 5, 8, 4}));
}

TEST(InstructionTails, AFieldThatNoInstructionCoversHasNone) {
  const std::vector<uint8_t> code = {0x06, 0x06, 0x06, 0x06, 0x06}; // not valid in 64-bit mode
  const std::vector<uint64_t> fields = {0};
  EXPECT_EQ(instructionTails(code, fields), std::vector<uint8_t>{0});
}

TEST(OutwardOperands, FindsWhatLeadsOutWithoutARelocation) {
  const std::vector<uint8_t> code = {
      0xe8, 0,    0,    0, 0,    // call, relocated
      0x75, 0xf9,                // jne back to the start
      0x74, 0x10,                // je 0x19
      0x8b, 0x05, 0xf0, 0, 0, 0, // mov 0xff(%rip),%eax
      0xe9, 0x20, 0,    0, 0,    // jmp 0x34
  };
  const std::vector<uint64_t> relocated = {1};
  const auto operands = outwardOperands(code, relocated);
  ASSERT_EQ(operands.size(), 3u);
  EXPECT_FALSE(operands[0].isWide);
  EXPECT_EQ(operands[0].target, 0x19);
  EXPECT_EQ(operands[1].field, 11u);
  EXPECT_EQ(operands[1].target, 0xff);
  EXPECT_TRUE(operands[2].isWide);
  EXPECT_EQ(operands[2].tail, 4u);
  EXPECT_EQ(operands[2].target, 0x34);
}

TEST(RunsPastEnd, AJumpAReturnOrATrapEndsCode) {
  EXPECT_FALSE(runsPastEnd(std::vector<uint8_t>{0x31, 0xc0, 0xeb, 0xfc})); // xor; jmp
  EXPECT_FALSE(runsPastEnd(std::vector<uint8_t>{0xc3}));                   // ret
  EXPECT_FALSE(runsPastEnd(std::vector<uint8_t>{0x0f, 0x0b}));             // ud2
  EXPECT_TRUE(runsPastEnd(std::vector<uint8_t>{0xc3, 0x31, 0xc0}));        // ret; xor
}

} // namespace
} // namespace suture::builder
