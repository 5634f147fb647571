// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/replacement/register_use.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

TEST(RegisterUse, AWrittenRegisterCountsAsChanged) {
  const std::vector<uint8_t> code = {0x31, 0xc9, // xor %ecx,%ecx
                                     0xc3};      // ret
  EXPECT_EQ(registerNames(changedRegisters(code)), "rcx");
  EXPECT_EQ(registerNames(writtenRegisters(code)), "rcx");
}

TEST(RegisterUse, APushedAndPoppedRegisterDoesNot) {
  const std::vector<uint8_t> code = {0x51,       // push %rcx
                                     0x31, 0xc9, // xor %ecx,%ecx
                                     0x59,       // pop %rcx
                                     0xc3};      // ret
  EXPECT_EQ(registerNames(changedRegisters(code)), "");
}

TEST(RegisterUse, ARegisterPushedAfterItWasWrittenDoes) {
  const std::vector<uint8_t> code = {0x31, 0xc9, // xor %ecx,%ecx
                                     0x51,       // push %rcx
                                     0x59,       // pop %rcx
                                     0xc3};      // ret
  EXPECT_EQ(registerNames(changedRegisters(code)), "rcx");
}

TEST(RegisterUse, ACallChangesAllThatAreNotPushed) {
  const std::vector<uint8_t> code = {0x51,             // push %rcx
                                     0xe8, 0, 0, 0, 0, // call
                                     0x59,             // pop %rcx
                                     0xc3};            // ret
  EXPECT_EQ(registerNames(changedRegisters(code)), "rax, rdx, rsi, rdi, r8, r9, r10, r11");
}

TEST(RegisterUse, ATailCallChangesAll) {
  const std::vector<uint8_t> code = {0x51,              // push %rcx
                                     0x59,              // pop %rcx
                                     0xe9, 0, 1, 0, 0}; // jmp elsewhere
  EXPECT_EQ(registerNames(changedRegisters(code)), "rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11");
}

TEST(RegisterUse, CalleeSavedRegistersAreTheCompilersConcern) {
  const std::vector<uint8_t> code = {0x31, 0xdb, // xor %ebx,%ebx
                                     0xc3};      // ret
  EXPECT_EQ(registerNames(changedRegisters(code)), "");
}

} // namespace
} // namespace suture::builder
