// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/plan/target_unit.h"

#include "payload-builder/plan/testing/small_image.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

const std::string one = "static __attribute__((noinline)) int help(int x) { return x * x + 3; }\n"
                        "int one(int x) { return help(x) ^ 5; }\n";
const std::string two = "static __attribute__((noinline)) int help(int x) { return x / 7; }\n"
                        "int two(int x) { return help(x) ^ 9; }\n";

/// Where the call of a function's only callee leads in the target.
uint64_t helperAt(const TargetUnit &unit, const TargetImage &image, const ObjectModel &object) {
  const TargetMatch match = unit.find(*object.find("help"));
  const auto *symbol = std::get_if<SymbolIndex>(&match);
  return symbol ? image.symbol(*symbol).value : 0;
}

TEST(TargetUnit, LocalsOfFilesOfOneNameAreToldApartByTheirFunctions) {
  const SmallImage target({{"a/x.c", one}, {"b/x.c", two}});
  const ObjectModel first = target.compile("a/x.c", one), second = target.compile("b/x.c", two);
  const TargetUnit firstUnit(target.image(), first, {"a/x.c"});
  const TargetUnit secondUnit(target.image(), second, {"b/x.c"});
  const uint64_t inFirst = helperAt(firstUnit, target.image(), first);
  const uint64_t inSecond = helperAt(secondUnit, target.image(), second);
  EXPECT_NE(inFirst, 0u);
  EXPECT_NE(inSecond, 0u);
  EXPECT_NE(inFirst, inSecond);
}

TEST(TargetUnit, LocalsOfUnitsThatNothingTellsApartAreAmbiguous) {
  const std::string same = "static __attribute__((noinline, used)) int help(int x) { return x; }\n";
  const SmallImage target({{"a/x.c", same}, {"b/x.c", same}});
  const ObjectModel object = target.compile("a/x.c", same);
  const TargetUnit unit(target.image(), object, {"a/x.c"});
  EXPECT_TRUE(std::holds_alternative<Ambiguous>(unit.find(*object.find("help"))));
}

TEST(TargetUnit, AUnitThatTheBuildReachesThroughALinkIsFoundByTheNameThatTheBuildGaveIt) {
  const auto inFolder = [](const std::string &folder) {
    return "asm(\".file \\\"arch/" + folder +
           "/x.c\\\"\");\n"
           "static __attribute__((noinline, used)) int help(int x) { return x; }\n";
  };
  const SmallImage target({{"a/x.c", inFolder("efi")}, {"b/x.c", inFolder("mm")}});
  const ObjectModel object = target.compile("a/x.c", inFolder("efi"));
  const auto find = [&](const std::vector<std::string> &sources) {
    return TargetUnit(target.image(), object, sources).find(*object.find("help"));
  };
  EXPECT_FALSE(std::holds_alternative<SymbolIndex>(find({"common/x.c"})));
  EXPECT_TRUE(std::holds_alternative<SymbolIndex>(find({"common/x.c", "/tree/arch/efi/x.c"})));
}

TEST(TargetUnit, AGlobalIsFoundWhateverFileItIsIn) {
  const SmallImage target({{"x.c", one}});
  const ObjectModel object = target.compile("y.c", "int one(int x) { return x; }\n");
  const TargetUnit unit(target.image(), object, {"y.c"});
  EXPECT_TRUE(std::holds_alternative<SymbolIndex>(unit.find(*object.find("one"))));
  EXPECT_EQ(unit.fileName(), "");
}

TEST(TargetUnit, WhatTheImageHasNotIsNotFound) {
  const SmallImage target({{"x.c", one}});
  const ObjectModel object = target.compile("x.c", one + "int three(int x) { return x; }\n");
  const TargetUnit unit(target.image(), object, {"x.c"});
  EXPECT_TRUE(std::holds_alternative<NotInTarget>(unit.find(*object.find("three"))));
  EXPECT_EQ(unit.fileName(), "x.c");
}

} // namespace
} // namespace suture::builder
