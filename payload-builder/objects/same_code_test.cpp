// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/same_code.h"

#include "payload-builder/support/process.h"
#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

/// An object with a function `f` of that assembly.
ObjectModel assemble(const std::string &code, const std::string &alignment = "4") {
  // The assembler is there, and the folder was just made: neither fails.
  const TempDir folder = llvm::cantFail(TempDir::create());
  const std::string input = folder.path() + "/a.s", output = folder.path() + "/a.o";
  llvm::cantFail(writeFile(input, ".section .text.f, \"ax\"\n.p2align " + alignment +
                                      "\n.globl f\n.type f, @function\nf:\n" + code +
                                      "\n.size f, . - f\n"));
  const auto result = llvm::cantFail(
      runProcess({.arguments = {"as", input, "-o", output}, .directory = "", .environment = {}}));
  EXPECT_EQ(result.status, 0) << result.errors;
  return llvm::cantFail(ObjectModel::parse(llvm::cantFail(ElfFile::open(output))));
}

enum class Verdict { OtherInstructions, OtherLayout, SameCode };

Verdict compare(const ObjectModel &base, const ObjectModel &patched) {
  const auto same = SameInstructions::pair(base, *base.find("f"), patched, *patched.find("f"));
  if (!same)
    return Verdict::OtherInstructions;
  return same->areSameCode() ? Verdict::SameCode : Verdict::OtherLayout;
}

Verdict compare(const std::string &base, const std::string &patched) {
  return compare(assemble(base), assemble(patched));
}

/// A jump over a load to an aligned place.
std::string jumpOver(const std::string &jump) {
  return jump + "\nmov x(%rip), %eax\n2:\n.p2align 3\n1: ret";
}
const std::string wide = ".byte 0x0f, 0x85\n.long 1f - . - 4";

TEST(SameInstructions, WidthsOfJumpsAndWhatAlignsTheirTargetsAreAnAssemblersChoice) {
  EXPECT_EQ(compare(jumpOver(wide), jumpOver("jne 1f")), Verdict::SameCode);
}

TEST(SameInstructions, AJumpThatLeadsElsewhereIsAnotherLayout) {
  EXPECT_EQ(compare(jumpOver(wide), jumpOver("jne 3f\n3:")), Verdict::OtherLayout);
}

TEST(SameInstructions, NopsThatAlignWhereAJumpLeadsAreOfThatPlace) {
  EXPECT_EQ(compare(jumpOver(wide), jumpOver("jne 2f")), Verdict::SameCode);
}

TEST(SameInstructions, ANopBeforeWhatIsNotAlignedMayBeTheSources) {
  EXPECT_EQ(compare("xor %eax, %eax\nret", "xor %eax, %eax\nnop\nret"), Verdict::OtherLayout);
  EXPECT_EQ(compare("xor %eax, %eax\nret", "xor %eax, %eax\nret\nnop"), Verdict::OtherLayout);
}

TEST(SameInstructions, WhatIsAlignedInASectionThatIsNotIsNotAligned) {
  const std::string one = "xor %eax, %eax\nnopl 0(%rax)\nnopw (%rax)\nret", // ret at 9
      other = "xor %eax, %eax\nnopl (%rax)\nnopl (%rax)\nret";              // at 8
  const std::string third = "xor %eax, %eax\nnopw (%rax)\nnop\nnop\nret";   // at 8
  EXPECT_EQ(compare(one, other), Verdict::OtherLayout);
  EXPECT_EQ(compare(other, third), Verdict::SameCode);
  EXPECT_EQ(compare(assemble(other, "2"), assemble(third, "2")), Verdict::OtherLayout);
}

TEST(SameInstructions, NopsThatAreRewrittenAtBootCount) {
  const auto source = [](const std::string &jump, const std::string &length) {
    return jump +
           "\n3: nop\nnop\n4: nop\n.p2align 3\n1: ret\n.pushsection .altinstructions, \"a\"\n"
           ".long 3b - ., 1b - .\n.word 7\n.byte " +
           length + ", 1, 0, 0\n.popsection";
  };
  EXPECT_EQ(compare(source("jne 3f", "0"), source("jne 4f", "0")), Verdict::SameCode);
  EXPECT_EQ(compare(source("jne 3f", "2"), source("jne 4f", "2")), Verdict::OtherLayout);
  EXPECT_EQ(compare(source("jne 4f", "2"), source("jne 1f", "2")), Verdict::SameCode);
  EXPECT_EQ(compare(source("jne 4f", "2"), source("jne 4f", "3")), Verdict::OtherInstructions);
}

TEST(SameInstructions, OtherInstructionsAreNotPaired) {
  const std::string code = "jne 1f\n1: cmp $5, %eax";
  EXPECT_EQ(compare(code, code), Verdict::SameCode);
  EXPECT_EQ(compare(code, "je 1f\n1: cmp $5, %eax"), Verdict::OtherInstructions);
  EXPECT_EQ(compare(code, "jne 1f\n1: cmp $6, %eax"), Verdict::OtherInstructions);
  EXPECT_EQ(compare(code, "jne 1f\n1: cmp $5, %ecx"), Verdict::OtherInstructions);
  EXPECT_EQ(compare(code, "jne 1f\n1:"), Verdict::OtherInstructions);
  EXPECT_EQ(compare(code, "bnd jne 1f\n1: cmp $5, %eax"), Verdict::OtherInstructions);
  EXPECT_EQ(compare("pause", "nop"), Verdict::OtherInstructions);
  EXPECT_EQ(compare(".byte 6", ".byte 6"), Verdict::OtherInstructions); // no instruction
}

TEST(SameInstructions, WhatReferencesMeanIsLeftToOthersAndWhereTheyAreIsNot) {
  EXPECT_EQ(compare("movq $0, x(%rip)", "movq $0, y(%rip)"), Verdict::SameCode);
  EXPECT_EQ(compare("movq $0, x(%rip)", "movq $x, 0(%rip)"), Verdict::OtherInstructions);
  EXPECT_EQ(compare("jmp x", "jmp y"), Verdict::SameCode);
  EXPECT_EQ(compare("jmp x", "1: jmp 1b"), Verdict::OtherInstructions);
  EXPECT_EQ(compare("movabs $x, %rax", "movabs $y, %rax"), Verdict::SameCode);
  EXPECT_EQ(compare("movabs $x, %rax", "movabs $x, %rcx"), Verdict::OtherInstructions);
}

TEST(SameInstructions, AnAddressInsideTheCodeIsAPlace) {
  const auto source = [](const std::string &label, const std::string &jump) {
    return "lea " + label + "(%rip), %rax\n" + jump + "\n2: nop\n.p2align 3\n1: ret";
  };
  EXPECT_EQ(compare(source("1f", wide), source("1f", "jne 1f")), Verdict::SameCode);
  EXPECT_EQ(compare(source("1f", wide), source("3f", "3: jne 1f")), Verdict::OtherLayout);
}

TEST(SameInstructions, PlacesAreOfOneInstructionOrTheNopsBeforeIt) {
  const auto base = assemble(jumpOver(wide)), patched = assemble(jumpOver("jne 1f"));
  const auto same = SameInstructions::pair(base, *base.find("f"), patched, *patched.find("f"));
  ASSERT_TRUE(same);
  // jne: 0, 0; mov: 6, 2; nop: 12, none; ret: 16, 8; end: 17, 9
  EXPECT_TRUE(same->isSamePlace(0, 0));
  EXPECT_TRUE(same->isSamePlace(6, 2));
  EXPECT_TRUE(same->isSamePlace(12, 8));
  EXPECT_TRUE(same->isSamePlace(16, 8));
  EXPECT_TRUE(same->isSamePlace(17, 9));
  EXPECT_FALSE(same->isSamePlace(6, 8));
  EXPECT_FALSE(same->isSamePlace(2, 2));
  EXPECT_FALSE(same->isSamePlace(-1, -1));
  EXPECT_FALSE(same->isSamePlace(18, 10));
}

} // namespace
} // namespace suture::builder
