// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/unit_shadows.h"

#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <vector>

namespace suture::builder {
namespace {

namespace fs = std::filesystem;

/// A tree with include/real (also called include/alias) and src/a.c; what a "compiler" that looks
/// for one file finds.
class UnitShadowsTest : public testing::Test {
protected:
  void SetUp() override {
    tree_.root = fs::canonical(folder_.path()).string();
    write("include/real/h.h", "old\n");
    write("include/other.h", "other\n");
    write("late/h.h", "late\n");
    write("notes.txt", "notes\n");
    fs::create_symlink("real", tree_.root + "/include/alias");
    unit_ = {.command = {tree_.root,
                         "src/a.c",
                         "a.o",
                         {"cc", "-I", "include", "-I", "late", "-c", "src/a.c", "-o", "a.o"}},
             .source = "src/a.c",
             .changedFiles = {"src/a.c"}};
  }

  void write(const std::string &path, const std::string &text) const {
    const fs::path file = fs::path(tree_.root) / path;
    fs::create_directories(file.parent_path());
    llvm::cantFail(writeFile(file.string(), text)); // The folder was just made.
  }
  void source(const std::string &base, const std::string &patched) {
    write("src/a.c", base);
    tree_.files["src/a.c"].history = {base, patched};
  }
  /// What the shadow shows under a name, and in how many trees it was looked for.
  std::string look(const std::string &name) {
    UnitShadows shadows(tree_, {{"src/a.c", tree_.files["src/a.c"].patched()}});
    int calls = 0;
    auto text = shadows.run(unit_, [&](const ShadowTree *shadow) -> llvm::Expected<std::string> {
      ++calls;
      return readFile((shadow ? shadow->path() : tree_.root) + "/" + name);
    });
    return (text ? *text : toString(text.takeError()) + "\n") + std::to_string(calls);
  }

  TempDir folder_ = llvm::cantFail(TempDir::create());
  SourceTree tree_;
  Unit unit_;
};

TEST_F(UnitShadowsTest, ShowsTheChangedTextAndWhatItIncludes) {
  source("#include <alias/h.h>\n", "#include <alias/h.h>\nint a;\n");
  EXPECT_EQ(look("src/a.c"), "#include <alias/h.h>\nint a;\n1");
  EXPECT_EQ(look("include/alias/h.h"), "old\n1");
  EXPECT_EQ(look("include/alias/../real/h.h"), "old\n1");
}

TEST_F(UnitShadowsTest, ShowsAnExistingHeaderThatTheDiffBeginsToInclude) {
  source("int a;\n", "#include \"../include/other.h\"\nint a;\n");
  EXPECT_EQ(look("src/../include/other.h"), "other\n1");
}

TEST_F(UnitShadowsTest, ShowsHeadersUnderConditionsAndThoseThatTheyInclude) {
  write("include/other.h", "#if 0\n#include <real/h.h>\n#endif\n");
  source("int a;\n", "#ifdef B\n#include <other.h>\n#endif\n");
  EXPECT_EQ(look("include/real/h.h"), "old\n1");
}

TEST_F(UnitShadowsTest, ShowsANameInEachFolderThatHasIt) {
  write("include/h.h", "first\n");
  write("src/h.h", "nearest\n");
  source("int a;\n", "#include \"h.h\"\n");
  EXPECT_EQ(look("src/h.h"), "nearest\n1");
  EXPECT_EQ(look("include/h.h"), "first\n1");
  EXPECT_EQ(look("late/h.h"), "late\n1");
}

TEST_F(UnitShadowsTest, LooksInTheWholeTreeForWhatNoIncludeNames) {
  source("int a;\n", "asm(\".incbin \\\"notes.txt\\\"\");\n");
  EXPECT_EQ(look("notes.txt"), "notes\n2");
}

TEST_F(UnitShadowsTest, ShowsTheWholeTreeWhereAnyFileMayBeIncluded) {
  source("int a;\n", "#include NAME\n");
  EXPECT_EQ(look("notes.txt"), "notes\n1");
  source("int a;\n", "#if __has_include(\"x\")\n#endif\n");
  EXPECT_EQ(look("notes.txt"), "notes\n1");
}

TEST_F(UnitShadowsTest, HidesNothingInTheTreeOnDisk) {
  source("int a;\n", "int a;\n");
  EXPECT_EQ(look("notes.txt"), "notes\n1");
}

TEST_F(UnitShadowsTest, FileThatTheDiffRemovesIsNotThere) {
  source("int a;\n", "#include <other.h>\n");
  UnitShadows shadows(tree_, {{"include/other.h", std::nullopt}});
  auto found = shadows.run(unit_, [&](const ShadowTree *shadow) -> llvm::Expected<bool> {
    return fs::exists(shadow->path() + "/include/other.h");
  });
  ASSERT_TRUE(static_cast<bool>(found));
  EXPECT_FALSE(*found);
}

} // namespace
} // namespace suture::builder
