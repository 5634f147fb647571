// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/generated/sibling_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

RecordedCommand recorded(const std::string &name, const std::string &flag) {
  RecordedCommand result;
  result.source = "/x/common/" + name + ".c";
  result.command.directory = "/x/common";
  result.command.file = name + ".c";
  result.command.output = "./." + name + ".o.tmp";
  result.command.arguments = {"gcc",
                              flag,
                              "-DLABEL=common/" + name + ".o",
                              "-MF",
                              "./." + name + ".o.d",
                              "-c",
                              name + ".c",
                              "-o",
                              result.command.output};
  return result;
}

std::string commandFor(const std::vector<RecordedCommand> &commands, const std::string &source) {
  const auto found = commandLikeSiblings(commands, source);
  return found ? fmt::format("{}", fmt::join(found->command.arguments, " ")) : "";
}

TEST(SiblingCommand, IsThatOfTheOthersWithTheNewName) {
  EXPECT_EQ(commandFor({recorded("a", "-O2"), recorded("b", "-O2")}, "/x/common/new.c"),
            "gcc -O2 -DLABEL=common/new.o -c new.c");
}

TEST(SiblingCommand, IsNotKnownWhereFlagsDifferOrNobodyTells) {
  EXPECT_EQ(commandFor({recorded("a", "-O2"), recorded("b", "-O1")}, "/x/common/new.c"), "");
  EXPECT_EQ(commandFor({recorded("a", "-O2")}, "/x/common/new.c"), "");
  EXPECT_EQ(commandFor({recorded("a", "-O2"), recorded("b", "-O2")}, "/x/other/new.c"), "");
}

TEST(SiblingCommand, OneThatIsSpecialDoesNotCount) {
  std::vector<RecordedCommand> commands = {recorded("special", "-O1")};
  for (const char *name : {"n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9"})
    commands.push_back(recorded(name, "-O2"));
  EXPECT_EQ(commandFor(commands, "/x/common/new.c"), "gcc -O2 -DLABEL=common/new.o -c new.c");
}

} // namespace
} // namespace suture::builder
