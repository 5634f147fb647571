// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/diff/read_diff.h"

#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

class ReadDiff : public testing::Test {
protected:
  void SetUp() override {
    auto made = TempDir::create();
    ASSERT_TRUE(static_cast<bool>(made));
    folder_ = std::make_unique<TempDir>(std::move(*made));
    request_.root = folder_->path() + "/tree";
    std::filesystem::create_directories(request_.root);
  }

  void write(const std::string &path, const std::string &text) {
    std::filesystem::path full = request_.root + "/" + path;
    std::filesystem::create_directories(full.parent_path());
    ASSERT_FALSE(static_cast<bool>(writeFile(full.string(), text)));
  }

  std::string dumped() {
    auto result = readDiff(request_);
    return result ? dump(*result) : "error: " + llvm::toString(result.takeError());
  }

  std::string refusedBy(const std::string &diff) {
    request_.patches = {{"fix.diff", diff}};
    auto result = readDiff(request_);
    if (!result)
      return "error: " + llvm::toString(result.takeError());
    std::string text;
    for (const Refusal &refusal : result->refusals)
      text += std::string(codeName(refusal.code)) + ": " + toString(refusal.location) + ": " +
              refusal.subject + ": " + refusal.reason + '\n';
    return text;
  }

  std::unique_ptr<TempDir> folder_;
  DiffRequest request_;
};

std::string replaceLine(const std::string &path, unsigned line, const std::string &from,
                        const std::string &to) {
  std::string at = std::to_string(line);
  return "--- a/" + path + "\n+++ b/" + path + "\n@@ -" + at + " +" + at + " @@\n-" + from + "\n+" +
         to + "\n";
}

TEST_F(ReadDiff, ChangesFilesInMemoryOnly) {
  write("x.c", "a\nb\n");
  request_.patches = {{"fix.diff", replaceLine("x.c", 2, "b", "c")}};
  EXPECT_EQ(dumped(), "x.c: changed\n  2+1 -> 2+1\n");
  EXPECT_EQ(llvm::cantFail(readFile(request_.root + "/x.c")), "a\nb\n"); // It was just written.
}

TEST_F(ReadDiff, LaysLowerDiffsUnderneath) {
  write("x.c", "a\n");
  write("y.c", "1\n");
  request_.lowerDiffs = {{"one", replaceLine("x.c", 1, "a", "b")},
                         {"two", replaceLine("y.c", 1, "1", "2")}};
  request_.patches = {{"fix.diff", replaceLine("x.c", 1, "b", "c")}};
  auto result = readDiff(request_);
  ASSERT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(dump(*result), "x.c: changed unchanged changed\n  1+1 -> 1+1\n"
                           "y.c: unchanged changed unchanged\n");
  const FileVersions &x = result->tree.files.at("x.c");
  EXPECT_EQ(x.original(), "a\n");
  EXPECT_EQ(x.base(), "b\n");
  EXPECT_EQ(x.patched(), "c\n");
  EXPECT_FALSE(result->tree.files.at("y.c").changedByThisDiff());
}

TEST_F(ReadDiff, FileFirstTouchedByThisDiffHasAllLayers) {
  write("x.c", "a\n");
  write("y.c", "1\n");
  request_.lowerDiffs = {{"one", replaceLine("x.c", 1, "a", "b")}};
  request_.patches = {{"fix.diff", replaceLine("y.c", 1, "1", "2")}};
  EXPECT_EQ(dumped(), "x.c: changed unchanged\ny.c: unchanged changed\n  1+1 -> 1+1\n");
}

TEST_F(ReadDiff, AppliesSeveralDiffsInOrder) {
  write("x.c", "a\n");
  request_.patches = {{"1.diff", replaceLine("x.c", 1, "a", "b")},
                      {"2.diff", replaceLine("x.c", 1, "b", "c")}};
  auto result = readDiff(request_);
  ASSERT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(result->tree.files.at("x.c").patched(), "c\n");
  // What is recorded brings the base to the patched state by itself.
  DiffRequest again{request_.root, {}, {{"recorded", result->tree.diffText}}, {}};
  auto second = readDiff(again);
  ASSERT_TRUE(static_cast<bool>(second));
  EXPECT_EQ(second->tree.files.at("x.c").patched(), "c\n");
}

TEST_F(ReadDiff, RenameIsARemovalAndAnAddition) {
  write("x.c", "a\nb\n");
  request_.patches = {{"fix.diff", "diff --git a/x.c b/y.c\nsimilarity index 50%\n"
                                   "rename from x.c\nrename to y.c\n--- a/x.c\n+++ b/y.c\n"
                                   "@@ -2 +2 @@\n-b\n+c\n"}};
  EXPECT_EQ(dumped(), "x.c: removed\ny.c: added\n");
}

TEST_F(ReadDiff, AddsAndRemovesFiles) {
  write("old.c", "a\n");
  request_.patches = {{"fix.diff", "--- /dev/null\n+++ b/d/new.c\n@@ -0,0 +1 @@\n+x\n"
                                   "--- a/old.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"}};
  EXPECT_EQ(dumped(), "d/new.c: added\nold.c: removed\n");
}

TEST_F(ReadDiff, ModeChangeAloneTouchesNothing) {
  write("run.sh", "a\n");
  request_.patches = {{"fix.diff", "diff --git a/run.sh b/run.sh\nold mode 100644\n"
                                   "new mode 100755\n"}};
  EXPECT_EQ(dumped(), "run.sh: unchanged\n");
}

TEST_F(ReadDiff, RefusesAHunkThatDoesNotApply) {
  write("x.c", "a\nb\n");
  EXPECT_EQ(refusedBy(replaceLine("x.c", 2, "x", "y")),
            "hunk-does-not-apply: x.c:2: fix.diff:3: the hunk does not apply: expected 'x', found "
            "'b'\n");
}

TEST_F(ReadDiff, RefusesMissingAndExistingFiles) {
  write("x.c", "a\n");
  EXPECT_EQ(refusedBy(replaceLine("y.c", 1, "a", "b")),
            "hunk-does-not-apply: fix.diff:1: y.c: no such file below " + request_.root + "\n");
  EXPECT_EQ(refusedBy("--- /dev/null\n+++ b/x.c\n@@ -0,0 +1 @@\n+x\n"),
            "hunk-does-not-apply: fix.diff:1: x.c: the diff adds this file, and it exists "
            "already\n");
  write("z.c", "a\nb\n");
  EXPECT_EQ(refusedBy("--- a/z.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"),
            "hunk-does-not-apply: z.c:1: fix.diff:1: the diff removes this file, and it has lines "
            "that the diff does not know\n");
}

TEST_F(ReadDiff, RefusesPathsThatLeaveTheTree) {
  write("x.c", "a\n");
  EXPECT_EQ(refusedBy(replaceLine("../x.c", 1, "a", "b")),
            "path-outside-tree: fix.diff:1: ../x.c: the path leaves the source tree\n");
  EXPECT_EQ(refusedBy(replaceLine("d/../../x.c", 1, "a", "b")),
            "path-outside-tree: fix.diff:1: d/../../x.c: the path leaves the source tree\n");
  EXPECT_EQ(refusedBy("--- a//etc/passwd\n+++ b//etc/passwd\n@@ -1 +1 @@\n-a\n+b\n"),
            "path-outside-tree: fix.diff:1: /etc/passwd: the path leaves the source tree\n");
  EXPECT_EQ(refusedBy(replaceLine(".git/config", 1, "a", "b")),
            "path-outside-tree: fix.diff:1: .git/config: the path is not that of a source file\n");
}

TEST_F(ReadDiff, RefusesSymbolicLinksThatLeaveTheTree) {
  std::filesystem::create_directories(folder_->path() + "/outside");
  ASSERT_FALSE(static_cast<bool>(writeFile(folder_->path() + "/outside/x.c", "a\n")));
  std::filesystem::create_directory_symlink(folder_->path() + "/outside", request_.root + "/out");
  std::filesystem::create_symlink(folder_->path() + "/outside/x.c", request_.root + "/link.c");
  EXPECT_EQ(refusedBy(replaceLine("out/x.c", 1, "a", "b")),
            "path-outside-tree: fix.diff:1: out/x.c: the path leaves the source tree\n");
  EXPECT_EQ(refusedBy(replaceLine("link.c", 1, "a", "b")),
            "special-file: fix.diff:1: link.c: the file is a symbolic link\n");
}

TEST_F(ReadDiff, FollowsSymbolicLinksInsideTheTree) {
  write("asm-x86/x.h", "a\n");
  std::filesystem::create_directory_symlink("asm-x86", request_.root + "/asm");
  request_.patches = {{"fix.diff", replaceLine("asm/x.h", 1, "a", "b")}};
  EXPECT_EQ(dumped(), "asm-x86/x.h: changed\n  1+1 -> 1+1\n");
}

TEST_F(ReadDiff, RefusesBinaryFilesLinksAndSubmodulesByName) {
  EXPECT_EQ(refusedBy("diff --git a/l.png b/l.png\nindex 1..2 100644\nBinary files a/l.png and "
                      "b/l.png differ\n"),
            "binary-file: fix.diff:1: l.png: the diff changes a binary file\n");
  EXPECT_EQ(refusedBy("diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n"
                      "@@ -0,0 +1 @@\n+t\n\\ No newline at end of file\n"),
            "special-file: fix.diff:1: l: the diff changes a symbolic link\n");
  EXPECT_EQ(refusedBy("diff --git a/m b/m\nindex 1..2 160000\n--- a/m\n+++ b/m\n@@ -1 +1 @@\n"
                      "-Subproject commit 1\n+Subproject commit 2\n"),
            "special-file: fix.diff:1: m: the diff changes a submodule\n");
  std::filesystem::create_directories(request_.root + "/folder");
  EXPECT_EQ(refusedBy(replaceLine("folder", 1, "a", "b")),
            "special-file: fix.diff:1: folder: not a regular file\n");
}

TEST_F(ReadDiff, RefusesEveryTroubleAtOnce) {
  write("x.c", "a\n");
  EXPECT_EQ(refusedBy(replaceLine("x.c", 1, "x", "y") + replaceLine("../y.c", 1, "x", "y")),
            "path-outside-tree: fix.diff:6: ../y.c: the path leaves the source tree\n"
            "hunk-does-not-apply: x.c:1: fix.diff:3: the hunk does not apply: expected 'x', found "
            "'a'\n");
}

TEST_F(ReadDiff, ReportsAMissingTreeAndWhatIsNoDiff) {
  EXPECT_EQ(refusedBy("nonsense\n"),
            "error: fix.diff: not a diff: no line begins with 'diff --git' or '---'");
  request_.root += "/none";
  EXPECT_EQ(dumped(), "error: '" + request_.root + "': No such file or directory");
}

TEST_F(ReadDiff, UsesTextsThatStandInForTheDisk) {
  write("x.c", "patched already\n");
  request_.originals["x.c"] = "a\n";
  request_.patches = {{"fix.diff", replaceLine("x.c", 1, "a", "patched already")}};
  EXPECT_EQ(dumped(), "x.c: changed\n  1+1 -> 1+1\n");
}

} // namespace
} // namespace suture::builder
