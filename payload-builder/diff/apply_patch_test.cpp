// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/diff/apply_patch.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

AppliedPatch apply(std::string_view base, const std::string &hunks) {
  static std::string text; // The parsed hunks refer to it.
  text = "--- a/x\n+++ b/x\n" + hunks;
  auto files = parsePatchText(text, "fix.diff");
  if (!files) {
    ADD_FAILURE() << llvm::toString(files.takeError());
    return {};
  }
  return applyHunks(base, (*files)[0].hunks);
}

std::string mismatchOf(std::string_view base, const std::string &hunks) {
  AppliedPatch result = apply(base, hunks);
  if (result.mismatches.size() != 1)
    return std::to_string(result.mismatches.size()) + " mismatches";
  return std::to_string(result.mismatches[0].line) + ": " + result.mismatches[0].message;
}

TEST(ApplyPatch, ReplacesLinesInSeveralHunks) {
  auto result =
      apply("a\nb\nc\nd\ne\n", "@@ -1,2 +1,2 @@\n-a\n+A\n b\n@@ -4,2 +4,3 @@\n d\n+x\n e\n");
  EXPECT_TRUE(result.mismatches.empty());
  EXPECT_EQ(result.text, "A\nb\nc\nd\nx\ne\n");
}

TEST(ApplyPatch, AddsToAnEmptyFileAndEmptiesAFile) {
  EXPECT_EQ(apply("", "@@ -0,0 +1,2 @@\n+a\n+b\n").text, "a\nb\n");
  EXPECT_EQ(apply("a\nb\n", "@@ -1,2 +0,0 @@\n-a\n-b\n").text, "");
}

TEST(ApplyPatch, InsertsWithoutContext) {
  EXPECT_EQ(apply("a\nb\n", "@@ -1,0 +2 @@\n+x\n").text, "a\nx\nb\n");
  EXPECT_EQ(apply("a\nb\n", "@@ -0,0 +1 @@\n+x\n").text, "x\na\nb\n");
}

TEST(ApplyPatch, AddsAndRemovesTheNewlineAtTheEnd) {
  EXPECT_EQ(apply("a", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n").text, "a\n");
  EXPECT_EQ(apply("a\n", "@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n").text, "a");
}

TEST(ApplyPatch, KeepsCrlfExactly) {
  EXPECT_EQ(apply("a\r\nb\r\n", "@@ -1,2 +1,2 @@\n-a\r\n+c\r\n b\r\n").text, "c\r\nb\r\n");
}

TEST(ApplyPatch, SaysWhatWasExpectedAndFound) {
  EXPECT_EQ(mismatchOf("a\nx\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"),
            "2: expected 'b', found 'x'");
  EXPECT_EQ(mismatchOf("a\n", "@@ -1,3 +1,2 @@\n a\n-b\n c\n"),
            "2: expected 'b', found the end of the file (1 lines)");
  EXPECT_EQ(mismatchOf("a\n", "@@ -7 +7 @@\n-b\n+c\n"),
            "7: the hunk begins past the end of the file (1 lines)");
}

TEST(ApplyPatch, NamesALineEndingThatDiffers) {
  EXPECT_EQ(mismatchOf("a\n", "@@ -1 +1 @@\n-a\r\n+b\r\n"),
            "1: expected 'a\\r', found 'a'; they differ in the line ending only (CRLF)");
}

TEST(ApplyPatch, NamesAMissingNewlineAtTheEnd) {
  EXPECT_EQ(mismatchOf("a", "@@ -1 +1 @@\n-a\n+b\n"),
            "1: expected 'a' with a newline, found the end of the file without one");
}

TEST(ApplyPatch, NeverMovesAHunkButSaysWhereItWouldFit) {
  EXPECT_EQ(mismatchOf("new\na\nb\n", "@@ -1,2 +1,2 @@\n a\n-b\n+B\n"),
            "1: expected 'a', found 'new'; the hunk's lines are at line 2: the diff was made "
            "against another revision");
}

TEST(ApplyPatch, SaysThatAChangeIsThereAlready) {
  EXPECT_EQ(mismatchOf("a\nB\n", "@@ -1,2 +1,2 @@\n a\n-b\n+B\n"),
            "2: expected 'b', found 'B'; the change is in the file already");
}

TEST(ApplyPatch, RefusesHunksThatOverlap) {
  EXPECT_EQ(mismatchOf("a\nb\n", "@@ -1,2 +1,2 @@\n-a\n+A\n b\n@@ -2 +2 @@\n-b\n+B\n"),
            "2: the hunk overlaps the one before it");
}

TEST(ApplyPatch, ReportsEveryHunkThatDoesNotApply) {
  EXPECT_EQ(apply("a\nb\nc\n", "@@ -1 +1 @@\n-x\n+y\n@@ -3 +3 @@\n-x\n+y\n").mismatches.size(), 2u);
}

} // namespace
} // namespace suture::builder
