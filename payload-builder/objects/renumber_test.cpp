// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/renumber.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

std::string renumber(const std::string &base, const std::string &patched) {
  return renumbered({.history = {base, patched}}, TreeState::Patched).value_or("(none)");
}

TEST(Renumber, AnUnchangedTextStaysAsItIs) { EXPECT_EQ(renumber("a\nb\n", "a\nb\n"), "a\nb\n"); }

TEST(Renumber, LinesBehindAnAddedOneKeepTheirNumbers) {
  EXPECT_EQ(renumber("a;\nb;\nc;\n", "a;\nnew;\nb;\nc;\n"), "a;\nnew;\n#line 2\nb;\nc;\n");
}

TEST(Renumber, LinesBehindARemovedOneKeepTheirNumbers) {
  EXPECT_EQ(renumber("a;\nb;\nc;\n", "a;\nc;\n"), "a;\n#line 3\nc;\n");
}

TEST(Renumber, WaitsForTheEndOfACommentAndOfAContinuedLine) {
  EXPECT_EQ(renumber("/* a\n b */\nc;\n", "/* a\n new\n b */\nc;\n"),
            "/* a\n new\n b */\n#line 3\nc;\n");
  EXPECT_EQ(renumber("#define A \\\n  b\nc;\n", "#define A \\\n  new \\\n  b\nc;\n"),
            "#define A \\\n  new \\\n  b\n#line 3\nc;\n");
}

TEST(Renumber, WaitsForTheEndOfArgumentsAndRawStrings) {
  EXPECT_EQ(renumber("f(a,\n  b);\nc;\n", "f(a,\n  new,\n  b);\nc;\n"),
            "f(a,\n  new,\n  b);\n#line 3\nc;\n");
  EXPECT_EQ(renumber("x = R\"(a\nb)\";\nc;\n", "x = R\"(a\n(\nb)\";\nc;\n"),
            "x = R\"(a\n(\nb)\";\n#line 3\nc;\n");
}

TEST(Renumber, RepeatsBehindEachBranchThatMayBeSkipped) {
  EXPECT_EQ(renumber("#if A\na;\n#endif\nb;\n", "#if A\nnew;\na;\n#endif\nb;\n"),
            "#if A\nnew;\n#line 2\na;\n#endif\n#line 4\nb;\n");
}

TEST(Renumber, LinesOfALowerPayloadHaveOneNumberInBothStates) {
  const FileVersions file{.history = {"a;\nb;\n", "a;\nlow;\nb;\n", "top;\na;\nlow;\nb;\n"}};
  EXPECT_EQ(*renumbered(file, TreeState::Base), "a;\nlow;\n#line 2\nb;\n");
  EXPECT_EQ(*renumbered(file, TreeState::Patched), "top;\n#line 1\na;\nlow;\n#line 2\nb;\n");
}

TEST(DifferingLines, AreThoseOfWhatIsAddedAndOfWhatIsRemoved) {
  EXPECT_EQ(differingLines({.history = {"a;\nb;\nc;\n", "a;\nnew;\nb;\nc;\n"}}),
            (std::set<unsigned>{2}));
  EXPECT_EQ(differingLines({.history = {"a;\nb;\nc;\n", "a;\nc;\n"}}), (std::set<unsigned>{2}));
  EXPECT_EQ(differingLines({.history = {"a;\n", "a;\n"}}), (std::set<unsigned>{}));
}

TEST(DifferingLines, HaveThoseThatCannotGetTheirNumberAmongThem) {
  EXPECT_EQ(differingLines({.history = {"f(a,\n  b);\nc;\n", "f(a,\n  new,\n  b);\nc;\n"}}),
            (std::set<unsigned>{2, 3}));
}

TEST(Renumber, ANewFileHasNoNumbersToKeep) {
  const FileVersions file{.history = {std::nullopt, "a;\n"}};
  EXPECT_EQ(*renumbered(file, TreeState::Patched), "a;\n");
  EXPECT_EQ(renumbered(file, TreeState::Base), std::nullopt);
}

} // namespace
} // namespace suture::builder
