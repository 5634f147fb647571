// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/verify/code_matcher.h"

#include "payload-builder/plan/testing/small_image.h"
#include "payload-builder/verify/piece_matcher.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

enum class Sections { One, ForEachFunction };

/// f among other functions of its unit.
std::string unitOf(Sections sections, const std::string &body) {
  const auto function = [&](const std::string &name, const std::string &code) {
    const std::string section = sections == Sections::One ? "" : "." + name;
    return ".section .text" + section + ",\"ax\",@progbits\n.p2align 4\n.type " + name +
           ", @function\n" + name + ":\n" + code + "\n.size " + name + ", . - " + name + "\n";
  };
  return ".file \"a.s\"\n" + function("g", "ret") + function("h", "not %eax\nret") +
         function("f", body) + function("last", "neg %eax\nret");
}

enum class Result { SameBytes, SameInstructions, Different };

/// Compares f of an object with a section for each function with that of an image without.
Result compare(const std::string &running, const std::string &compiled) {
  const SmallImage target({{"a.s", unitOf(Sections::One, running)}});
  const ObjectModel object = target.compile("a.s", unitOf(Sections::ForEachFunction, compiled));
  const TargetUnit unit(target.image(), object, {"a.s"});
  const PieceIndex index = *object.find("f");
  const ElfSymbol &symbol = target.image().symbol(std::get<SymbolIndex>(unit.find(index)));
  PieceMatcher matcher(target.image(), object, unit);
  if (matcher.compareNamed(index, symbol))
    return Result::Different;
  const bool hasSameBytes =
      symbol.size == object.piece(index).size && !matcher.compare(index, {symbol.value});
  return hasSameBytes ? Result::SameBytes : Result::SameInstructions;
}

Result compare(const std::string &body) { return compare(body, body); }

/// Has another width with a section for each function, so that all after it is elsewhere.
const std::string shift = "jz g\n";

TEST(CodeMatcher, BytesThatAreTheSameNeedNoMatching) {
  EXPECT_EQ(compare("inc %eax\nret"), Result::SameBytes);
  EXPECT_EQ(compare("inc %eax\nret", "dec %eax\nret"), Result::Different);
}

TEST(CodeMatcher, AJumpToAnotherFunctionMayBeShort) {
  EXPECT_EQ(compare("inc %eax\njmp g"), Result::SameInstructions);
  EXPECT_EQ(compare(shift + "inc %eax\njns h\ncall g\nret"), Result::SameInstructions);
}

TEST(CodeMatcher, AnotherFunctionIsADifference) {
  EXPECT_EQ(compare("jmp g", "jmp h"), Result::Different);
  EXPECT_EQ(compare(shift + "call g\nret", shift + "call h\nret"), Result::Different);
  EXPECT_EQ(compare(shift + "lea g(%rip), %rax\nret"), Result::SameInstructions);
  EXPECT_EQ(compare(shift + "lea g(%rip), %rax\nret", shift + "lea h(%rip), %rax\nret"),
            Result::Different);
  EXPECT_EQ(compare(shift + "mov $g, %rax\nret"), Result::SameInstructions);
  EXPECT_EQ(compare(shift + "mov $g, %rax\nret", shift + "mov $h, %rax\nret"), Result::Different);
}

TEST(CodeMatcher, AnotherConditionIsADifference) {
  EXPECT_EQ(compare("jz g\nret", "jnz g\nret"), Result::Different);
}

TEST(CodeMatcher, JumpsInsideMayHaveAnotherWidth) {
  // 128 bytes back in the target.
  const std::string loop = "1:\n" + shift + ".rept 62\ninc %eax\n.endr\njnz 1b\nret";
  EXPECT_EQ(compare(loop), Result::SameInstructions);
}

TEST(CodeMatcher, AnotherDestinationInsideIsADifference) {
  const auto text = [](const std::string &label) {
    return shift + "1: inc %eax\n2: dec %eax\njnz " + label + "\nret";
  };
  EXPECT_EQ(compare(text("1b")), Result::SameInstructions);
  EXPECT_EQ(compare(text("1b"), text("2b")), Result::Different);
}

TEST(CodeMatcher, TheSameOffsetIsNotTheSameInstruction) {
  // Both jump to offset 6.
  EXPECT_EQ(compare(shift + "inc %eax\ndec %eax\n1: neg %eax\njmp 1b",
                    shift + "1: inc %eax\ndec %eax\nneg %eax\njmp 1b"),
            Result::Different);
}

TEST(CodeMatcher, PaddingMayHaveAnotherLength) {
  EXPECT_EQ(compare(shift + ".p2align 4\n1: inc %eax\njnz 1b\nret"), Result::SameInstructions);
  EXPECT_EQ(compare(shift + "inc %eax\n.p2align 4,,10\n.p2align 3\n1: inc %eax\njnz 1b\nret"),
            Result::SameInstructions);
}

TEST(CodeMatcher, AJumpToPaddingIsAJumpToWhatFollows) {
  const std::string end = "inc %eax\n1: .p2align 4\n2: dec %eax\nret";
  EXPECT_EQ(compare(shift + "js 1f\n" + end), Result::SameInstructions);
  EXPECT_EQ(compare(shift + "js 1f\n" + end, shift + "js 2f\n" + end), Result::SameInstructions);
}

TEST(CodeMatcher, NopsThatAlignNothingAreCompared) {
  EXPECT_EQ(compare(shift + "nop\ninc %eax\nret"), Result::SameInstructions);
  EXPECT_EQ(compare(shift + "nop\ninc %eax\nret", shift + "nop\nnop\ninc %eax\nret"),
            Result::Different);
}

TEST(CodeMatcher, AnotherImmediateIsADifference) {
  EXPECT_EQ(compare(shift + "add $1, %eax\nret", shift + "add $2, %eax\nret"), Result::Different);
}

TEST(CodeMatcher, AnInstructionMoreIsADifference) {
  EXPECT_EQ(compare(shift + "ret", shift + "ret\nud2"), Result::Different);
  EXPECT_EQ(compare(shift + "ret\nud2", shift + "ret"), Result::Different);
}

TEST(CodeMatcher, AnotherPrefixIsADifference) {
  EXPECT_EQ(compare("cs jmp g"), Result::SameInstructions);
  EXPECT_EQ(compare("cs jmp g", "jmp g"), Result::Different);
  EXPECT_EQ(compare("jmp g", "cs jmp g"), Result::Different);
}

TEST(CodeMatcher, AddressesOfItsOwnInstructionsMove) {
  const auto text = [](const std::string &label) {
    return shift + "lea " + label + "(%rip), %rax\n1: inc %eax\n2: ret";
  };
  EXPECT_EQ(compare(text("1f")), Result::SameInstructions);
  EXPECT_EQ(compare(text("1f"), text("2f")), Result::Different);
  EXPECT_EQ(compare(shift + "lea f(%rip), %rax\ncall f\nret"), Result::SameInstructions);
}

TEST(CodeMatcher, WhatIsLedIntoFromElsewhereKeepsItsLayout) {
  const auto text = [](const std::string &label) {
    return shift + "1: inc %eax\nret\n.pushsection .data.rel.ro.table, \"aw\"\n.quad " + label +
           "\n.popsection";
  };
  EXPECT_EQ(compare(text("f")), Result::SameInstructions);
  EXPECT_EQ(compare(text("1b")), Result::Different);
}

TEST(CodeMatcher, BytesThatAreNoInstructionAreNotMatched) {
  EXPECT_EQ(compare(shift + "ret\n.byte 0x06"), Result::Different);
}

TEST(CodeMatcher, CodeOutOfLineIsPartOfTheFunction) {
  const auto text = [](const std::string &first, const std::string &back) {
    return "js 1f\n2: inc %eax\n3: js 4f\nret\n.subsection 1\n1: " + first + "\njmp " + back +
           "\n4: dec %eax\njmp h\n.subsection 0";
  };
  EXPECT_EQ(compare(text("add $1, %eax", "2b")), Result::SameInstructions);
  EXPECT_EQ(compare(text("add $1, %eax", "2b"), text("add $2, %eax", "2b")), Result::Different);
  EXPECT_EQ(compare(text("add $1, %eax", "2b"), text("add $1, %eax", "3b")), Result::Different);
}

TEST(CodeMatcher, CodeOutOfLineThatNothingLeadsToIsNotMatched) {
  EXPECT_EQ(compare(shift + "ret\n.subsection 1\ninc %eax\nret\n.subsection 0"), Result::Different);
}

} // namespace
} // namespace suture::builder
