// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/tree_paths.h"

#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

namespace fs = std::filesystem;

class TreePathsTest : public testing::Test {
protected:
  TreePathsTest() {
    fs::create_directories(root() + "/common");
    fs::create_directories(root() + "/arch");
    llvm::cantFail(writeFile(root() + "/common/boot.c", ""));
    llvm::cantFail(writeFile(outside_.path() + "/far.c", ""));
  }

  const std::string &root() const { return folder_.path(); }
  std::string of(const std::string &file) { return paths_.of(root() + "/arch", file); }

  TempDir folder_ = llvm::cantFail(TempDir::create()), outside_ = llvm::cantFail(TempDir::create());
  TreePaths paths_{root()};
};

TEST_F(TreePathsTest, LinksOfFoldersAreResolved) {
  fs::create_directory_symlink(root() + "/common", root() + "/arch/shared");
  EXPECT_EQ(of("shared/boot.c"), root() + "/common/boot.c");
  EXPECT_EQ(of("shared/new.c"), root() + "/common/new.c");
}

TEST_F(TreePathsTest, LinkToAFileOfTheTreeIsThatFile) {
  fs::create_symlink("../common/boot.c", root() + "/arch/boot.c");
  EXPECT_EQ(of("boot.c"), root() + "/common/boot.c");
  EXPECT_EQ(of(root() + "/arch/boot.c"), root() + "/common/boot.c");
}

TEST_F(TreePathsTest, LinkToAFileElsewhereIsAFileOfTheTree) {
  fs::create_symlink(outside_.path() + "/far.c", root() + "/arch/far.c");
  EXPECT_EQ(of("far.c"), root() + "/arch/far.c");
}

TEST_F(TreePathsTest, WhatIsNotThereKeepsItsName) {
  fs::create_symlink("nowhere.c", root() + "/arch/broken.c");
  EXPECT_EQ(of("broken.c"), root() + "/arch/broken.c");
  EXPECT_EQ(of("no/../such.c"), root() + "/arch/such.c");
}

} // namespace
} // namespace suture::builder
