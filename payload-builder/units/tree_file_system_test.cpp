// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/tree_file_system.h"

#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <gtest/gtest.h>
#include <llvm/Support/MemoryBuffer.h>

namespace suture::builder {
namespace {

/// A folder with a.h.
class TreeFiles : public testing::Test {
protected:
  void SetUp() override {
    auto made = TempDir::create();
    ASSERT_TRUE(static_cast<bool>(made));
    folder_ = std::make_unique<TempDir>(std::move(*made));
    tree_.root = folder_->path();
    write("a.h", "first\n");
  }

  void write(const std::string &name, const std::string &text) {
    ASSERT_FALSE(static_cast<bool>(writeFile(tree_.root + "/" + name, text)));
  }
  TreeFileSystem open(TreeState state = TreeState::Base) const {
    return {tree_, state, tree_.root};
  }
  static std::string textOf(TreeFileSystem &files, const std::string &name) {
    auto text = files.getBufferForFile(name);
    return text ? (*text)->getBuffer().str() : text.getError().message();
  }
  std::string textOf(const std::string &name, TreeState state = TreeState::Base) const {
    TreeFileSystem files = open(state);
    return textOf(files, name);
  }

  SourceTree tree_;

private:
  std::unique_ptr<TempDir> folder_;
};

TEST_F(TreeFiles, AreReadAnewByEachWhereNothingIsKept) {
  EXPECT_EQ(textOf("a.h"), "first\n");
  write("a.h", "second\n");
  EXPECT_EQ(textOf("a.h"), "second\n");
}

TEST_F(TreeFiles, AreReadOnceWhereTheyAreKept) {
  tree_.filesRead = keepFilesRead();
  EXPECT_EQ(textOf("a.h"), "first\n");
  write("a.h", "second\n");
  EXPECT_EQ(textOf("a.h"), "first\n");
  EXPECT_EQ(textOf("./a.h"), "first\n");
  tree_.filesRead = keepFilesRead();
  EXPECT_EQ(textOf("a.h"), "second\n");
}

TEST_F(TreeFiles, ThatTheDiffTouchesComeFromMemoryThoughTheyWereRead) {
  tree_.filesRead = keepFilesRead();
  EXPECT_EQ(textOf("a.h"), "first\n");
  tree_.files["a.h"].history = {"first\n", "patched\n"};
  EXPECT_EQ(textOf("a.h", TreeState::Base), "first\n");
  EXPECT_EQ(textOf("a.h", TreeState::Patched), "patched\n");
}

TEST_F(TreeFiles, ThatTheDiffAddsAreThereThoughTheyWereMissing) {
  tree_.filesRead = keepFilesRead();
  EXPECT_FALSE(open().exists("new.h"));
  tree_.files["new.h"].history = {std::nullopt, "new\n"};
  EXPECT_FALSE(open(TreeState::Base).exists("new.h"));
  EXPECT_EQ(textOf("new.h", TreeState::Patched), "new\n");
}

TEST_F(TreeFiles, AreRecordedWithTheirContent) {
  for (const bool keeps : {false, true}) {
    tree_.filesRead = keeps ? keepFilesRead() : nullptr;
    for (int time = 0; time < 2; ++time) {
      TreeFileSystem files = open();
      files.recordReads();
      EXPECT_EQ(textOf(files, "a.h"), "first\n");
      EXPECT_NE(textOf(files, "none.h"), "");
      const FileReads expected = {{tree_.root + "/a.h", contentHash("first\n")},
                                  {tree_.root + "/none.h", std::nullopt}};
      EXPECT_EQ(files.reads(), expected);
    }
  }
}

} // namespace
} // namespace suture::builder
