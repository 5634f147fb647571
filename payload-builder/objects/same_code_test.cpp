// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/same_code.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

using Bytes = std::vector<uint8_t>;

LaidOutCode code(const Bytes &bytes, std::vector<CodeRange> relocated = {},
                 std::vector<CodeRange> rewritten = {}) {
  return {.bytes = bytes,
          .offset = 0,
          .alignment = 16,
          .relocated = std::move(relocated),
          .rewritten = std::move(rewritten)};
}

/// A jump over a load to an aligned return, with a wide jump and with a narrow one.
const Bytes wide = {
    0x0f, 0x85, 0x0a, 0, 0, 0, // 0 jne 0x10
    0x8b, 0x05, 1,    2, 3, 4, // 6 mov x(%rip),%eax
    0x0f, 0x1f, 0x40, 0,       // 12 nopl
    0xc3,                      // 16 ret
};
const Bytes narrow = {
    0x75, 0x06,             // 0 jne 0x8
    0x8b, 0x05, 5, 6, 7, 8, // 2 mov y(%rip),%eax
    0xc3,                   // 8 ret
};

TEST(SameInstructions, WidthsOfJumpsAndWhatAlignsTheirTargetsAreAnAssemblersChoice) {
  const auto same = SameInstructions::pair(code(wide, {{8, 12}}), code(narrow, {{4, 8}}));
  ASSERT_TRUE(same);
  EXPECT_TRUE(same->areSameCode());
}

TEST(SameInstructions, PlacesAreOfOneInstructionOrTheNopsBeforeIt) {
  const auto same = SameInstructions::pair(code(wide, {{8, 12}}), code(narrow, {{4, 8}}));
  ASSERT_TRUE(same);
  EXPECT_TRUE(same->isSamePlace(0, 0));
  EXPECT_TRUE(same->isSamePlace(6, 2));
  EXPECT_TRUE(same->isSamePlace(8, 4));
  EXPECT_TRUE(same->isSamePlace(12, 8));
  EXPECT_TRUE(same->isSamePlace(16, 8));
  EXPECT_TRUE(same->isSamePlace(17, 9));
  EXPECT_FALSE(same->isSamePlace(6, 4));
  EXPECT_FALSE(same->isSamePlace(2, 2));
  EXPECT_FALSE(same->isSamePlace(-1, -1));
  EXPECT_FALSE(same->isSamePlace(18, 10));
}

TEST(SameInstructions, AJumpThatLeadsElsewhereIsOtherCode) {
  Bytes elsewhere = narrow;
  elsewhere[1] = 0; // over nothing
  const auto same = SameInstructions::pair(code(wide, {{8, 12}}), code(elsewhere, {{4, 8}}));
  ASSERT_TRUE(same);
  EXPECT_FALSE(same->areSameCode());
}

TEST(SameInstructions, ANopBeforeWhatIsNotAlignedIsTheSources) {
  const Bytes without = {0x31, 0xc0, 0xc3}, with = {0x31, 0xc0, 0x90, 0xc3};
  const auto same = SameInstructions::pair(code(without), code(with));
  ASSERT_TRUE(same);
  EXPECT_FALSE(same->areSameCode());
  LaidOutCode unaligned = code(wide, {{8, 12}});
  unaligned.alignment = 1;
  const auto other = SameInstructions::pair(unaligned, code(narrow, {{4, 8}}));
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->areSameCode());
}

TEST(SameInstructions, NopsThatAreRewrittenAtBootCount) {
  const Bytes two = {0x90, 0x90, 0xc3}, three = {0x90, 0x90, 0x90, 0xc3};
  EXPECT_FALSE(SameInstructions::pair(code(two, {}, {{0, 2}}), code(three, {}, {{0, 3}})));
  EXPECT_TRUE(SameInstructions::pair(code(two, {}, {{0, 2}}), code(three, {}, {{1, 3}})));
}

TEST(SameInstructions, OtherInstructionsAreNotPaired) {
  const auto arePaired = [](const Bytes &base, const Bytes &patched) {
    return SameInstructions::pair(code(base), code(patched)).has_value();
  };
  const Bytes bytes = {0x75, 0x03, 0x83, 0xf8, 0x05}; // jne; cmp $5,%eax
  EXPECT_TRUE(arePaired(bytes, bytes));
  EXPECT_FALSE(arePaired(bytes, {0x74, 0x03, 0x83, 0xf8, 0x05})); // je
  EXPECT_FALSE(arePaired(bytes, {0x75, 0x03, 0x83, 0xf8, 0x06})); // cmp $6
  EXPECT_FALSE(arePaired(bytes, {0x75, 0x03}));
  EXPECT_FALSE(arePaired({0xf3, 0x90}, {0x90}));             // pause
  EXPECT_FALSE(arePaired({0xf2, 0x75, 0x00}, {0x75, 0x00})); // bnd jne
  EXPECT_FALSE(arePaired({0x06}, {0x06}));                   // not valid in 64-bit mode
}

TEST(SameInstructions, WhereAFieldIsRelocatedCounts) {
  const Bytes bytes = {0x48, 0xc7, 0x05, 0, 0, 0, 0, 0, 0, 0, 0}; // movq $0,x(%rip)
  EXPECT_TRUE(SameInstructions::pair(code(bytes, {{3, 7}}), code(bytes, {{3, 7}})));
  EXPECT_FALSE(SameInstructions::pair(code(bytes, {{3, 7}}), code(bytes, {{7, 11}})));
  EXPECT_FALSE(SameInstructions::pair(code(bytes, {{3, 7}}), code(bytes)));
}

TEST(SameInstructions, AnAddressInsideTheCodeIsAPlace) {
  const Bytes far = {
      0x48, 0x8d, 0x05, 0x05, 0, 0, 0, // 0 lea 12(%rip),%rax
      0x0f, 0x84, 0,    0,    0, 0,    // 7 je 13
      0xc3,                            // 13 ret
  };
  const Bytes near = {
      0x48, 0x8d, 0x05, 0x02, 0, 0, 0, // 0 lea 9(%rip),%rax
      0x74, 0x00,                      // 7 je 9
      0xc3,                            // 9 ret
  };
  Bytes right = far;
  right[3] = 0x06;
  const auto same = SameInstructions::pair(code(right), code(near));
  ASSERT_TRUE(same);
  EXPECT_TRUE(same->areSameCode());
  const auto other = SameInstructions::pair(code(far), code(near));
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->areSameCode());
}

} // namespace
} // namespace suture::builder
