// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/assembler_macros.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

TEST(AssemblerIncludes, FindsFilesInStringsAndInAssembly) {
  EXPECT_EQ(assemblerIncludes("asm ( \".include \\\"/x/include/macros.h\\\"\" );\n"),
            (std::vector<std::string>{"macros.h"}));
  EXPECT_EQ(assemblerIncludes("\t.include \"other.h\"\n#include \"no.h\"\n"),
            (std::vector<std::string>{"other.h"}));
}

TEST(ChangedAssemblerMacros, NamesThoseThatChangeAndThoseThatUseThem) {
  const ChangedNames changed =
      changedAssemblerMacros(".macro ONE a\nnop\n.endm\n.macro TWO\nONE 1\n.endm\n"
                             ".macro THREE\nret\n.endm\n",
                             ".macro ONE a\npause\n.endm\n\n.macro TWO\nONE 1\n.endm\n"
                             ".macro THREE\n  ret\n.endm\n.macro FOUR\n.endm\n");
  EXPECT_TRUE(changed.complete);
  EXPECT_EQ(changed.names, (std::set<std::string>{"FOUR", "ONE", "TWO"}));
}

TEST(ChangedAssemblerMacros, LinesOutsideOfMacrosLeaveItOpen) {
  EXPECT_FALSE(changedAssemblerMacros(".set x, 1\n", ".set x, 2\n").complete);
}

} // namespace
} // namespace suture::builder
