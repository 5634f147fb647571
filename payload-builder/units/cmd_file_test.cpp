// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/cmd_file.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

TEST(CmdFile, RunIsInTheFolderThatTheTargetsNameCountsFrom) {
  const auto cmd = parseCmdFile("/t/arch/x86/x86_64/.mm.o.cmd",
                                "cmd_x86_64/mm.o := gcc -c x86_64/mm.c -o x86_64/.mm.o.tmp\n");
  ASSERT_TRUE(cmd);
  EXPECT_EQ(cmd->directory, "/t/arch/x86");
  EXPECT_EQ(cmd->target, "x86_64/mm.o");
  EXPECT_FALSE(cmd->inputs);
}

TEST(CmdFile, DollarsAreThoseOfTheShell) {
  const auto cmd = parseCmdFile("/t/.x.o.cmd", "savedcmd_x.o := gcc -D'A=$$1' -c x.c\n");
  ASSERT_TRUE(cmd);
  EXPECT_EQ(cmd->command, "gcc -D'A=$1' -c x.c");
}

TEST(CmdFile, OptionsThatAreAskedForStandForTheHeaderWithAllOfThem) {
  const auto cmd = parseCmdFile("/t/.x.i.cmd", "cmd_x.i := gcc -E x.c -o x.i\n\n"
                                               "source_x.i := x.c\n\n"
                                               "deps_x.i := \\\n"
                                               "    $(wildcard include/config/SMP) \\\n"
                                               "  include/a.h \\\n  include/b.h \\\n\n"
                                               "x.i: $(deps_x.i)\n");
  ASSERT_TRUE(cmd && cmd->inputs);
  EXPECT_EQ(*cmd->inputs, (std::vector<std::string>{"x.c", "include/a.h", "include/b.h",
                                                    "include/generated/autoconf.h"}));
}

TEST(CmdFile, WhatRecordsNoCommandIsNone) {
  EXPECT_FALSE(parseCmdFile("/t/.x.o.cmd", ""));
  EXPECT_FALSE(parseCmdFile("/t/.x.o.cmd", "x.o: x.c\n"));
}

TEST(DependencyFile, GivesPrerequisitesWithoutTargets) {
  EXPECT_EQ(parseDependencyFile("x.o: x.c \\\n  sub/a.h b\\ c.h\nb\\ c.h:\n"),
            (std::vector<std::string>{"x.c", "sub/a.h", "b c.h"}));
}

} // namespace
} // namespace suture::builder
