// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/tree_file_system.h"

#include "payload-builder/support/files_read.h"
#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <gtest/gtest.h>
#include <llvm/Support/MemoryBuffer.h>

namespace suture::builder {
namespace {

/// A folder with a.h.
class TreeFiles : public testing::Test {
protected:
  TreeFiles() {
    tree_.root = folder_.path();
    write("a.h", "first\n");
  }

  void write(const std::string &name, const std::string &text) {
    llvm::cantFail(writeFile(tree_.root + "/" + name, text));
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
  TempDir folder_ = llvm::cantFail(TempDir::create());
};

TEST_F(TreeFiles, AreReadAnewByEachWhereNothingIsKept) {
  EXPECT_EQ(textOf("a.h"), "first\n");
  write("a.h", "second\n");
  EXPECT_EQ(textOf("a.h"), "second\n");
}

TEST_F(TreeFiles, AreReadOnceWhereTheyAreKept) {
  tree_.filesRead = std::make_shared<FilesRead>();
  EXPECT_EQ(textOf("a.h"), "first\n");
  write("a.h", "second\n");
  EXPECT_EQ(textOf("a.h"), "first\n");
  EXPECT_EQ(textOf("./a.h"), "first\n");
  tree_.filesRead = std::make_shared<FilesRead>();
  EXPECT_EQ(textOf("a.h"), "second\n");
}

TEST_F(TreeFiles, ThatTheDiffTouchesComeFromMemoryThoughTheyWereRead) {
  tree_.filesRead = std::make_shared<FilesRead>();
  EXPECT_EQ(textOf("a.h"), "first\n");
  tree_.files["a.h"].history = {"first\n", "patched\n"};
  EXPECT_EQ(textOf("a.h", TreeState::Base), "first\n");
  EXPECT_EQ(textOf("a.h", TreeState::Patched), "patched\n");
}

TEST_F(TreeFiles, ThatTheDiffAddsAreThereThoughTheyWereMissing) {
  tree_.filesRead = std::make_shared<FilesRead>();
  EXPECT_FALSE(open().exists("new.h"));
  tree_.files["new.h"].history = {std::nullopt, "new\n"};
  EXPECT_FALSE(open(TreeState::Base).exists("new.h"));
  EXPECT_EQ(textOf("new.h", TreeState::Patched), "new\n");
}

TEST_F(TreeFiles, AreRecordedWithTheirContent) {
  for (const bool keeps : {false, true}) {
    tree_.filesRead = keeps ? std::make_shared<FilesRead>() : nullptr;
    for (int time = 0; time < 2; ++time) {
      TreeFileSystem files = open();
      files.recordReads();
      EXPECT_EQ(textOf(files, "a.h"), "first\n");
      EXPECT_EQ(textOf(files, "none.h"),
                std::make_error_code(std::errc::no_such_file_or_directory).message());
      const FileReads expected = {{tree_.root + "/a.h", contentHash("first\n")},
                                  {tree_.root + "/none.h", std::nullopt}};
      EXPECT_EQ(files.reads(), expected);
    }
  }
}

} // namespace
} // namespace suture::builder
