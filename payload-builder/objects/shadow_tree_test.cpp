// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/shadow_tree.h"

#include "payload-builder/support/text_file.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

namespace fs = std::filesystem;

class ShadowTreeTest : public testing::Test {
protected:
  void SetUp() override {
    fs::create_directories(root() + "/include/real");
    write("include/real/h.h", "old\n");
    write("a.c", "a\n");
    fs::create_symlink("real", root() + "/include/alias");
  }

  std::string root() const { return folder_.path(); }
  void write(const std::string &path, const std::string &text) const {
    llvm::cantFail(writeFile(root() + "/" + path, text)); // The folder was just made.
  }
  static std::string read(const ShadowTree &tree, const std::string &path) {
    auto text = readFile(tree.path() + "/" + path);
    return text ? *text : toString(text.takeError());
  }

private:
  TempDir folder_ = llvm::cantFail(TempDir::create());
};

TEST_F(ShadowTreeTest, ShowsChangedFilesAndLinksTheRest) {
  const auto tree = llvm::cantFail(ShadowTree::create(root(), {{"include/real/h.h", "new\n"}}));
  EXPECT_EQ(read(tree, "include/real/h.h"), "new\n");
  EXPECT_EQ(read(tree, "a.c"), "a\n");
  EXPECT_TRUE(fs::is_symlink(tree.path() + "/a.c"));
  EXPECT_EQ(llvm::cantFail(readFile(root() + "/include/real/h.h")), "old\n");
}

TEST_F(ShadowTreeTest, AChangedFileIsChangedUnderEachOfItsNames) {
  const auto tree = llvm::cantFail(ShadowTree::create(root(), {{"include/real/h.h", "new\n"}}));
  EXPECT_EQ(read(tree, "include/alias/h.h"), "new\n");
  EXPECT_EQ(read(tree, "include/alias/../real/h.h"), "new\n");
}

TEST_F(ShadowTreeTest, ShowsNewFilesAndHidesRemovedOnes) {
  const auto tree =
      llvm::cantFail(ShadowTree::create(root(), {{"new/n.h", "n\n"}, {"a.c", std::nullopt}}));
  EXPECT_EQ(read(tree, "new/n.h"), "n\n");
  EXPECT_FALSE(fs::exists(tree.path() + "/a.c"));
}

TEST_F(ShadowTreeTest, LeadsTheAssemblerToTheChangedFile) {
  const std::string start = "asm(\".include \\\"", end = "/include/real/h.h\\\"\");\n";
  const auto tree =
      llvm::cantFail(ShadowTree::create(root(), {{"include/real/h.h", start + root() + end}}));
  EXPECT_EQ(read(tree, "include/real/h.h"), start + tree.path() + end);
  const auto partial =
      llvm::cantFail(ShadowTree::createEmpty(root(), {{"include/real/h.h", start + root() + end}}));
  EXPECT_EQ(read(partial, "include/real/h.h"), start + partial.path() + end);
}

TEST_F(ShadowTreeTest, TranslatesPathsInArgumentsAndBack) {
  const auto tree = llvm::cantFail(ShadowTree::create(root(), {}));
  EXPECT_EQ(tree.translate("-I" + root() + "/include"), "-I" + tree.path() + "/include");
  EXPECT_EQ(tree.translate(root() + "-other/x"), root() + "-other/x");
  EXPECT_EQ(tree.untranslate(tree.path() + "/a.c:1: error"), "a.c:1: error");
}

} // namespace
} // namespace suture::builder
