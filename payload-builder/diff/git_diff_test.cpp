// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/diff/git_diff.h"

#include "payload-builder/support/process.h"
#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

class GitDiffTest : public testing::Test {
protected:
  void SetUp() override {
    auto made = TempDir::create();
    ASSERT_TRUE(static_cast<bool>(made));
    folder_ = std::make_unique<TempDir>(std::move(*made));
    git({"init", "-q"});
    std::filesystem::create_directories(root() + "/sub");
    write("sub/x.c", "a\n");
    write("top.c", "1\n");
    commit("first");
  }

  std::string root() const { return folder_->path(); }
  void write(const std::string &path, const std::string &text) {
    ASSERT_FALSE(static_cast<bool>(writeFile(root() + "/" + path, text)));
  }
  void git(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "git");
    ProcessRequest request;
    request.arguments = arguments;
    request.directory = root();
    request.environment = {"GIT_AUTHOR_NAME=a",    "GIT_AUTHOR_EMAIL=a@b",
                           "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b",
                           "HOME=" + root(),       "GIT_CONFIG_NOSYSTEM=1"};
    auto result = runProcess(request);
    ASSERT_TRUE(static_cast<bool>(result)) << llvm::toString(result.takeError());
    ASSERT_EQ(result->status, 0) << result->errors;
  }
  void commit(const std::string &message) {
    git({"add", "."});
    git({"commit", "-q", "-m", message});
  }
  static std::string dumped(const std::string &root, llvm::Expected<GitDiff> diff) {
    if (!diff)
      return "error: " + llvm::toString(diff.takeError());
    auto result = readDiff({root, {}, {diff->diff}, diff->originals});
    return result ? dump(*result) : "error: " + llvm::toString(result.takeError());
  }

  std::unique_ptr<TempDir> folder_;
};

TEST_F(GitDiffTest, RangeTakesItsBaseFromTheRevisionNotFromTheDisk) {
  write("sub/x.c", "b\n");
  commit("second");
  write("sub/x.c", "edited since\n");
  EXPECT_EQ(dumped(root(), readGitRange(root(), "HEAD~1..HEAD")),
            "sub/x.c: changed\n  1+1 -> 1+1\n");
}

TEST_F(GitDiffTest, RangeBelowASubfolderHasItsPaths) {
  write("sub/x.c", "b\n");
  write("top.c", "2\n");
  commit("second");
  EXPECT_EQ(dumped(root() + "/sub", readGitRange(root() + "/sub", "HEAD~1..HEAD")),
            "x.c: changed\n  1+1 -> 1+1\n");
}

TEST_F(GitDiffTest, RangeWithNewAndRemovedFiles) {
  std::filesystem::remove(root() + "/top.c");
  write("new.c", "n\n");
  commit("second");
  EXPECT_EQ(dumped(root(), readGitRange(root(), "HEAD~1..HEAD")), "new.c: added\ntop.c: removed\n");
}

TEST_F(GitDiffTest, StagedIsTheIndexOnTopOfHead) {
  write("sub/x.c", "b\n");
  git({"add", "."});
  write("sub/x.c", "not staged\n");
  EXPECT_EQ(dumped(root(), readGitStaged(root())), "sub/x.c: changed\n  1+1 -> 1+1\n");
}

TEST_F(GitDiffTest, StagedWritesNoObject) {
  write("sub/x.c", "b\n");
  git({"add", "."});
  auto objects = [&] {
    using Iterator = std::filesystem::recursive_directory_iterator;
    return std::distance(Iterator(root() + "/.git"), Iterator());
  };
  auto before = objects();
  ASSERT_TRUE(static_cast<bool>(readGitStaged(root())));
  EXPECT_EQ(objects(), before);
}

TEST_F(GitDiffTest, SaysWhatIsWrong) {
  EXPECT_EQ(dumped(root(), readGitStaged(root())), "error: staged changes: nothing changed");
  EXPECT_EQ(dumped(root(), readGitRange(root(), "HEAD..HEAD")),
            "error: HEAD..HEAD: nothing changed");
  EXPECT_EQ(dumped(root(), readGitRange(root(), "HEAD")),
            "error: HEAD: not a range of the form A..B");
  EXPECT_NE(dumped(root(), readGitRange(root(), "nope..HEAD")).find("error: nope..HEAD: "),
            std::string::npos);
  auto made = TempDir::create();
  ASSERT_TRUE(static_cast<bool>(made));
  EXPECT_NE(dumped(made->path(), readGitStaged(made->path())).find("could not find repository"),
            std::string::npos);
}

} // namespace
} // namespace suture::builder
