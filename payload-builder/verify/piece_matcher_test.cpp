// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/verify/piece_matcher.h"

#include "payload-builder/plan/testing/small_image.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

/// How f of a text differs from f of the image that was built from another; "": not at all.
std::string compare(const std::string &built, const std::string &text) {
  const SmallImage target({{"a.c", built}});
  const ObjectModel object = target.compile("a.c", text);
  const TargetUnit unit(target.image(), object, {"a.c"});
  const PieceIndex index = *object.find("f");
  const auto symbol = std::get<SymbolIndex>(unit.find(index));
  const auto difference = PieceMatcher(target.image(), object, unit)
                              .compare(index, {target.image().symbol(symbol).value});
  return difference ? difference->what : "";
}

TEST(PieceMatcher, TheSameSourceMatches) {
  const std::string text = "extern int outside(int);\n"
                           "int outside(int x) { return x; }\n"
                           "static int state[4]; static const int table[] = {1, 2, 3, 4};\n"
                           "const char *name; __attribute__((noinline)) int g(int x) "
                           "{ state[x & 3]++; return x; }\n"
                           "int f(int x) { name = \"text\"; return g(x) + table[x & 3]; }\n";
  EXPECT_EQ(compare(text, text), "");
}

TEST(PieceMatcher, SaysWhichByteDiffers) {
  EXPECT_EQ(compare("int f(int x) { return x + 0x11; }", "int f(int x) { return x + 0x22; }"),
            "byte 0x22 here, 0x11 in the target");
}

TEST(PieceMatcher, AnotherStringIsADifference) {
  EXPECT_EQ(
      compare("const char *f(void) { return \"aaa\"; }", "const char *f(void) { return \"bbb\"; }"),
      "refers to \"bbb\\00\" here, to something else in the target");
}

TEST(PieceMatcher, AnotherVariableIsADifference) {
  EXPECT_EQ(compare("int a, b; int f(void) { return a; }", "int a, b; int f(void) { return b; }"),
            "refers to b here, to a in the target");
}

TEST(PieceMatcher, ANamedConstantOfAnotherValueIsADifference) {
  const auto text = [](const std::string &value) {
    return "static const int table[] = {1, " + value + ", 3, 4}; int f(int x) { return table[x]; }";
  };
  EXPECT_EQ(compare(text("2"), text("2")), "");
  EXPECT_EQ(compare(text("2"), text("5")),
            "refers to table here, to another constant in the target");
}

TEST(PieceMatcher, ConstantsAreFollowedThroughPointers) {
  const auto text = [](const std::string &word) {
    return "static const char *const words[] = {\"a\", \"" + word +
           "\"}; const char *f(int x) { return words[x]; }";
  };
  EXPECT_EQ(compare(text("b"), text("b")), "");
  EXPECT_EQ(compare(text("b"), text("c")),
            "refers to words here, to another constant in the target");
}

TEST(PieceMatcher, CodeOutOfLineIsPartOfTheFunction) {
  const auto text = [](const std::string &number) {
    return "int f(int x) { asm volatile(\"test %0, %0; jz 1f; 2:\\n.subsection 1\\n1: add $" +
           number +
           ", %0; jmp 2b\\n.previous\" : \"+r\"(x)); return x * 3; }\n"
           "int g(int x) { return x / 3; }\n";
  };
  EXPECT_EQ(compare(text("4"), text("4")), "");
  EXPECT_NE(compare(text("4"), text("5")), "");
}

TEST(PieceMatcher, AVariableOfAnotherSizeIsADifference) {
  const SmallImage target({{"a.c", "int f[3];"}});
  const ObjectModel object = target.compile("a.c", "int f[4];");
  const TargetUnit unit(target.image(), object, {"a.c"});
  const PieceIndex index = *object.find("f");
  const auto symbol = std::get<SymbolIndex>(unit.find(index));
  const auto difference =
      PieceMatcher(target.image(), object, unit).compareNamed(index, target.image().symbol(symbol));
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->what, "16 bytes here, 12 in the target");
}

TEST(PieceMatcher, AnAddressOutsideTheImageHasNoBytes) {
  const std::string text = "int f(int x) { return x; }";
  const SmallImage target({{"a.c", text}});
  const ObjectModel object = target.compile("a.c", text);
  const TargetUnit unit(target.image(), object, {"a.c"});
  const auto difference =
      PieceMatcher(target.image(), object, unit).compare(*object.find("f"), {0x1000});
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->what, "the target has no bytes there");
}

} // namespace
} // namespace suture::builder
