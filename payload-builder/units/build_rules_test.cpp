// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/build_rules.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

/// `FILE (BUILDFILE:LINE)`, or "".
std::string made(const char *text, const std::string &source, const std::set<std::string> &files) {
  std::string all;
  for (const MadeFile &rule : findRules("lib/Makefile", text, source, files))
    all += (all.empty() ? "" : " ") + rule.file + " (" + rule.buildFile + ":" +
           std::to_string(rule.line) + ")";
  return all;
}

TEST(FindRules, AHeaderMadeByAScriptFromAnother) {
  const char *text = "all: features.h\n\n"
                     "features.h: $(BASE)/include/list.h \\\n  $(BASE)/tools/gen.py\n"
                     "\t$(PYTHON) $^ > $@\n";
  const std::set<std::string> files = {"lib/features.h", "include/list.h"};
  EXPECT_EQ(made(text, "include/list.h", files), "lib/features.h (lib/Makefile:3)");
  EXPECT_EQ(made(text, "tools/gen.py", files), "lib/features.h (lib/Makefile:3)");
  EXPECT_EQ(made(text, "include/other.h", files), "");
  EXPECT_EQ(made(text, "include/list.h", {"include/list.h"}), "") << "no unit reads it";
}

TEST(FindRules, APatternThatLeadsIntoAnotherFolder) {
  const char *text = "compat/%.c: public/%.h names.lst\n\tscript $< > $@\n";
  const std::set<std::string> files = {"lib/compat/memory.h", "lib/public/memory.h"};
  EXPECT_EQ(made(text, "lib/public/memory.h", files), "lib/compat/memory.h (lib/Makefile:1)");
  EXPECT_EQ(made(text, "lib/public/sysctl.h", files), "");
}

TEST(FindRules, AVariableInsideAPathStandsForAPartOfAName) {
  const char *text = "include/asm-$(ARCH)/offsets.h: offsets.s\n\tsed $< > $@\n"
                     "offsets.s: arch/$(ARCH)/$(SUB)/offsets.c\n\t$(CC) -S $<\n";
  const std::set<std::string> files = {"lib/offsets.s", "lib/include/asm-x86/offsets.h",
                                       "lib/include/asm-x86/y/offsets.h"};
  EXPECT_EQ(made(text, "lib/offsets.s", files), "lib/include/asm-x86/offsets.h (lib/Makefile:1)");
  EXPECT_EQ(made(text, "lib/arch/x86/x86_64/offsets.c", files), "lib/offsets.s (lib/Makefile:3)");
  EXPECT_EQ(made(text, "lib/arch/x86/offsets.c", files), "");
}

TEST(FindRules, VariablesOfKbuildStandForTheFolderOfTheBuildFile) {
  const char *text = "$(objtree)/include/macros.h: $(obj)/macros.i $(src)/Makefile\n";
  const std::set<std::string> files = {"include/macros.h"};
  EXPECT_EQ(made(text, "lib/macros.i", files), "include/macros.h (lib/Makefile:1)");
  EXPECT_EQ(made(text, "lib/Makefile", files), "include/macros.h (lib/Makefile:1)");
  EXPECT_EQ(made(text, "arch/Makefile", files), "");
  const std::string all = std::string("src := $(obj)\n") + text;
  EXPECT_EQ(made(all.c_str(), "arch/macros.i", files), "include/macros.h (lib/Makefile:2)");
}

TEST(FindRules, ObjectsAreNoHeaders) {
  const std::set<std::string> files = {"lib/a.h", "lib/a.c"};
  EXPECT_EQ(made("%.o: %.c\n", "lib/a.c", files), "");
  EXPECT_EQ(made("a.o: a.c a.h\n", "lib/a.h", files), "");
  EXPECT_EQ(made("x := y: a.h\nA = b: a.c\n", "lib/a.c", files), "");
}

TEST(HaveSameRules, CommentsAndWhiteSpaceDoNotCount) {
  EXPECT_TRUE(haveSameRules("# one\nobj-y += a.o\n", "# two\n\nobj-y += a.o  \n"));
  EXPECT_FALSE(haveSameRules("obj-y += a.o\n", "obj-y += b.o\n"));
  EXPECT_FALSE(haveSameRules("a:\n\techo '#1'\n", "a:\n\techo '#2'\n"));
}

} // namespace
} // namespace suture::builder
