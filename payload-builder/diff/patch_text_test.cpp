// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/diff/patch_text.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

std::vector<FilePatch> parsed(std::string_view text) {
  auto files = parsePatchText(text, "fix.diff");
  if (!files) {
    ADD_FAILURE() << llvm::toString(files.takeError());
    return {};
  }
  return std::move(*files);
}

std::string errorOf(std::string_view text) {
  auto files = parsePatchText(text, "fix.diff");
  if (files)
    return "parsed";
  return llvm::toString(files.takeError());
}

TEST(PatchText, ReadsGitDiff) {
  auto files = parsed("diff --git a/x/y.c b/x/y.c\n"
                      "index 111..222 100644\n"
                      "--- a/x/y.c\n"
                      "+++ b/x/y.c\n"
                      "@@ -3,2 +3,3 @@ int f(void)\n"
                      " one\n"
                      "-two\n"
                      "+three\n"
                      "+four\n");
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].basePath, "x/y.c");
  EXPECT_EQ(files[0].patchedPath, "x/y.c");
  ASSERT_EQ(files[0].hunks.size(), 1u);
  const Hunk &hunk = files[0].hunks[0];
  EXPECT_EQ(hunk.baseStart, 3u);
  EXPECT_EQ(hunk.baseCount, 2u);
  EXPECT_EQ(hunk.patchedCount, 3u);
  EXPECT_EQ(hunk.diffLine, 5u);
  ASSERT_EQ(hunk.lines.size(), 4u);
  EXPECT_EQ(hunk.lines[1].kind, '-');
  EXPECT_EQ(hunk.lines[1].text, "two");
}

TEST(PatchText, ReadsPlainUnifiedDiffWithTimes) {
  auto files = parsed("--- old/x.c\t2024-01-01 00:00:00\n"
                      "+++ new/x.c\t2024-01-02 00:00:00\n"
                      "@@ -1 +1 @@\n-a\n+b\n");
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].basePath, "x.c");
  EXPECT_EQ(files[0].hunks[0].baseCount, 1u);
}

TEST(PatchText, SkipsTheMailAroundADiff) {
  auto files = parsed("From 123 Mon Sep 17\nSubject: fix\n\ntext\n---\n x.c | 2 +-\n\n"
                      "diff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n"
                      "-- \n2.39.2\n\n");
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].hunks[0].lines.size(), 2u);
}

TEST(PatchText, ReadsNewDeletedRenamedAndModeChangedFiles) {
  auto files = parsed("diff --git a/new.c b/new.c\nnew file mode 100644\nindex 000..111\n"
                      "--- /dev/null\n+++ b/new.c\n@@ -0,0 +1 @@\n+x\n"
                      "diff --git a/old.c b/old.c\ndeleted file mode 100644\nindex 111..000\n"
                      "--- a/old.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
                      "diff --git a/from.c b/to it.c\nsimilarity index 100%\n"
                      "rename from from.c\nrename to to it.c\n"
                      "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n");
  ASSERT_EQ(files.size(), 4u);
  EXPECT_EQ(files[0].basePath, "");
  EXPECT_EQ(files[0].patchedPath, "new.c");
  EXPECT_EQ(files[1].basePath, "old.c");
  EXPECT_EQ(files[1].patchedPath, "");
  EXPECT_EQ(files[2].basePath, "from.c");
  EXPECT_EQ(files[2].patchedPath, "to it.c");
  EXPECT_EQ(files[3].basePath, "run.sh");
  EXPECT_EQ(files[3].patchedMode, 0100755u);
}

TEST(PatchText, MarksBinaryFiles) {
  auto files = parsed("diff --git a/l.png b/l.png\nindex 1..2 100644\n"
                      "Binary files a/l.png and b/l.png differ\n"
                      "diff --git a/m.png b/m.png\nindex 1..2 100644\nGIT binary patch\n"
                      "literal 10\n--- looks like a header\n+++ and this\n\nliteral 0\n\n");
  ASSERT_EQ(files.size(), 2u);
  EXPECT_TRUE(files[0].binary);
  EXPECT_TRUE(files[1].binary);
}

TEST(PatchText, ReadsQuotedPaths) {
  auto files = parsed("diff --git \"a/\\303\\244.c\" \"b/\\303\\244.c\"\n"
                      "--- \"a/\\303\\244.c\"\n+++ \"b/\\303\\244.c\"\n@@ -1 +1 @@\n-a\n+b\n");
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].basePath, "\xc3\xa4.c");
}

TEST(PatchText, KeepsTheLackOfANewlineAtTheEnd) {
  auto files = parsed("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n");
  EXPECT_TRUE(files[0].hunks[0].lines[0].noNewline);
  EXPECT_FALSE(files[0].hunks[0].lines[1].noNewline);
}

TEST(PatchText, KeepsCarriageReturnsOfContent) {
  auto files = parsed("--- a/x\r\n+++ b/x\r\n@@ -1 +1 @@\r\n-a\r\n+b\r\n");
  EXPECT_EQ(files[0].basePath, "x");
  EXPECT_EQ(files[0].hunks[0].lines[0].text, "a\r");
}

TEST(PatchText, RemovedLineThatLooksLikeAHeaderStaysInItsHunk) {
  auto files = parsed("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a\n+++ b\n c\n");
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].hunks[0].lines[0].text, "-- a");
}

TEST(PatchText, RefusesWhatIsNoDiff) {
  EXPECT_EQ(errorOf("hello\n"), "fix.diff: not a diff: no line begins with 'diff --git' or '---'");
  EXPECT_EQ(errorOf("\n \n"), "fix.diff: the diff is empty");
  EXPECT_EQ(errorOf(""), "fix.diff: the diff is empty");
}

TEST(PatchText, RefusesBrokenHunksWithTheirLine) {
  const std::string start = "--- a/x\n+++ b/x\n";
  EXPECT_EQ(errorOf(start + "@@ -1,2 +1 @@\n-a\n"),
            "fix.diff:4: the diff ends in the middle of a hunk");
  EXPECT_EQ(errorOf(start + "@@ -1 +1 @@\n-a\n-b\n+c\n"),
            "fix.diff:5: a hunk with more lines than its '@@' line says");
  EXPECT_EQ(errorOf(start + "@@ -1,2 +1 @@\n-a\ndiff --git a/y b/y\n"),
            "fix.diff:5: a line in a hunk that begins neither with ' ', '-' nor '+'");
  EXPECT_EQ(errorOf(start + "@@ -x +1 @@\n"), "fix.diff:3: a malformed '@@' line");
  EXPECT_EQ(errorOf(start + "@@ -99999999999 +1 @@\n"), "fix.diff:3: a malformed '@@' line");
  EXPECT_EQ(errorOf(start + "@@ -0,1 +1 @@\n"), "fix.diff:3: a '@@' line that names line 0");
  EXPECT_EQ(errorOf(start), "fix.diff:2: expected '@@' after the file's names");
  EXPECT_EQ(errorOf("@@ -1 +1 @@\n"), "fix.diff:1: a hunk without a file before it");
}

TEST(PatchText, ReadsTenThousandFiles) {
  std::string text;
  for (int i = 0; i < 10000; ++i) {
    std::string name = "f" + std::to_string(i) + ".c";
    text += "diff --git a/" + name + " b/" + name + "\n--- a/" + name + "\n+++ b/" + name +
            "\n@@ -1 +1 @@\n-a\n+b\n";
  }
  EXPECT_EQ(parsed(text).size(), 10000u);
}

TEST(PatchText, EveryPrefixOfADiffIsParsedOrRefused) {
  std::string text = "diff --git \"a/\\303.c\" b/x.c\nold mode 100644\nnew mode 100755\n"
                     "rename from \"x\\n.c\"\nrename to y.c\n--- a/x.c\n+++ b/y.c\n"
                     "@@ -1,2 +1,2 @@ f\n a\n-b\n+c\n\\ No newline at end of file\n";
  size_t outcomes = 0;
  for (size_t length = 0; length <= text.size(); ++length) {
    auto files = parsePatchText(std::string_view(text).substr(0, length), "fix.diff");
    if (!files)
      llvm::consumeError(files.takeError()); // Either outcome will do; a crash will not.
    ++outcomes;
  }
  EXPECT_EQ(outcomes, text.size() + 1);
}

} // namespace
} // namespace suture::builder
