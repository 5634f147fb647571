// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/plan/got_relaxation.h"

#include <elf.h>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

using Bytes = std::vector<uint8_t>;

/// The instruction after the relaxation of the field at an offset; empty: it is left alone.
Bytes relaxed(const Bytes &code, uint64_t offset, uint32_t type = R_X86_64_GOTPCRELX) {
  Chunk chunk;
  chunk.bytes = code;
  PlannedReference reference{.offset = offset, .type = type, .addend = -4, .target = {}};
  if (!relaxGotLoad(chunk, reference)) {
    EXPECT_EQ(chunk.bytes, code);
    EXPECT_EQ(reference.type, type);
    return {};
  }
  EXPECT_EQ(reference.type, uint32_t{R_X86_64_PC32});
  EXPECT_EQ(reference.addend, -4);
  EXPECT_EQ(reference.offset, offset);
  return chunk.bytes;
}

TEST(GotRelaxation, ALoadBecomesTheAddress) {
  // mov x@GOTPCREL(%rip), %rax; %r15 with REX.WR.
  EXPECT_EQ(relaxed({0x48, 0x8b, 0x05, 0, 0, 0, 0}, 3), (Bytes{0x48, 0x8d, 0x05, 0, 0, 0, 0}));
  EXPECT_EQ(relaxed({0x4c, 0x8b, 0x3d, 0, 0, 0, 0}, 3), (Bytes{0x4c, 0x8d, 0x3d, 0, 0, 0, 0}));
}

TEST(GotRelaxation, ACallThroughTheTableBecomesDirect) {
  EXPECT_EQ(relaxed({0xff, 0x15, 0, 0, 0, 0}, 2), (Bytes{0x67, 0xe8, 0, 0, 0, 0}));
}

TEST(GotRelaxation, OtherInstructionsAreLeftAlone) {
  EXPECT_EQ(relaxed({0x48, 0x3b, 0x05, 0, 0, 0, 0}, 3), Bytes()); // cmp x@GOTPCREL(%rip), %rax
  EXPECT_EQ(relaxed({0x48, 0x8b, 0x43, 0, 0, 0, 0}, 3), Bytes()); // mov disp8(%rbx), %rax
  EXPECT_EQ(relaxed({0xff, 0x35, 0, 0, 0, 0}, 2), Bytes());       // push x@GOTPCREL(%rip)
}

TEST(GotRelaxation, AFieldThatIsNotBehindAnInstructionIsLeftAlone) {
  EXPECT_EQ(relaxed({0x05, 0, 0, 0, 0}, 1), Bytes());
  EXPECT_EQ(relaxed({0x8b, 0x05}, 9), Bytes());
}

TEST(GotRelaxation, KnowsTheRelocationsOfTheTable) {
  for (const uint32_t type : std::initializer_list<uint32_t>{R_X86_64_GOTPCREL, R_X86_64_GOTPCRELX,
                                                             R_X86_64_REX_GOTPCRELX})
    EXPECT_TRUE(isGot(type));
  for (const uint32_t type :
       std::initializer_list<uint32_t>{R_X86_64_PC32, R_X86_64_PLT32, R_X86_64_64, R_X86_64_GOT32})
    EXPECT_FALSE(isGot(type));
}

} // namespace
} // namespace suture::builder
