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

} // namespace
} // namespace suture::builder
