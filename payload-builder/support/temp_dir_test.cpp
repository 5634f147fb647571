// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/temp_dir.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

namespace fs = std::filesystem;

TEST(TempDir, IsRemovedWithItsContentsButNotWhatItsLinksPointAt) {
  llvm::Expected<TempDir> outer = TempDir::create();
  ASSERT_TRUE(static_cast<bool>(outer)) << toString(outer.takeError());
  const fs::path kept = fs::path(outer->path()) / "kept";
  std::ofstream(kept) << "x";
  std::string path;
  {
    llvm::Expected<TempDir> inner = TempDir::create();
    ASSERT_TRUE(static_cast<bool>(inner)) << toString(inner.takeError());
    path = inner->path();
    fs::create_directory(fs::path(path) / "folder");
    fs::create_symlink(outer->path(), fs::path(path) / "folder" / "link");
    EXPECT_TRUE(fs::exists(path));
  }
  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(fs::exists(kept));
}

TEST(TempDir, NamesTheFolderThatIsMissing) {
  ::setenv("TMPDIR", "/no/such/folder", 1);
  llvm::Expected<TempDir> folder = TempDir::create();
  ::unsetenv("TMPDIR");
  ASSERT_FALSE(static_cast<bool>(folder));
  EXPECT_NE(toString(folder.takeError()).find("/no/such/folder"), std::string::npos);
}

TEST(TempDir, AnInterruptRemovesAllThatAreAlive) {
  llvm::Expected<TempDir> folder = TempDir::create();
  ASSERT_TRUE(static_cast<bool>(folder)) << toString(folder.takeError());
  removeTempDirsAtInterrupt();
  EXPECT_FALSE(fs::exists(folder->path()));
}

} // namespace
} // namespace suture::builder
