// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/compare_assembly.h"

#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <cstdlib>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

/// A unit of C that a mode of the compiler makes code of for the assembler to judge.
class UnitOfC {
public:
  UnitOfC(const std::string &mode, const std::string &base, const std::string &patched)
      : base_(base), patched_(patched),
        unit_{.command = {.directory = folder_.path(),
                          .file = "a.c",
                          .output = "a.o",
                          .arguments = {"gcc", mode, "-O2", "-c", "a.c", "-o", "a.o"},
                          .inputs = std::make_shared<const std::vector<std::string>>(
                              std::vector<std::string>{"a.c"})},
              .source = "a.c",
              .language = Language::C,
              .changedFiles = {"a.c"}} {
    putOnDisk(base);
  }

  void putOnDisk(const std::string &text) const {
    llvm::cantFail(writeFile(inFolder("a.c"), text));
  }
  /// Leaves an object of other text than lies on disk.
  void buildAs(const std::string &text) const {
    llvm::cantFail(writeFile(inFolder("built.c"), text));
    const std::string make =
        fmt::format("gcc -O2 -c {} -o {}", inFolder("built.c"), inFolder("a.o"));
    ASSERT_EQ(std::system(make.c_str()), 0);
  }

  std::optional<Refusal> verdict() const {
    SourceTree tree{.root = folder_.path(), .files = {}, .diffText = {}};
    tree.files["a.c"].history = {base_, patched_};
    const UnitCompiler compiler = llvm::cantFail(UnitCompiler::create(
        {.tree = tree, .baseTexts = {{"a.c", base_}}, .patchedTexts = {{"a.c", patched_}}}));
    return llvm::cantFail(compareAssembly(compiler, {&unit_, 1})).front();
  }

private:
  std::string inFolder(const std::string &name) const { return folder_.path() + "/" + name; }

  TempDir folder_ = llvm::cantFail(TempDir::create());
  std::string base_, patched_;
  Unit unit_;
};

class CompareAssembly : public testing::TestWithParam<const char *> {};

TEST_P(CompareAssembly, CodeThatStaysTheSameIsNoConcern) {
  const UnitOfC unit(GetParam(), "int f(void) { return 1; }\n", "int f(void) { return 2 - 1; }\n");
  EXPECT_FALSE(unit.verdict());
}

TEST_P(CompareAssembly, CodeThatChangesIsRefused) {
  const auto refusal =
      UnitOfC(GetParam(), "int f(void) { return 1; }\n", "int f(void) { return 2; }\n").verdict();
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->location.file, "a.c");
  EXPECT_EQ(refusal->code, std::string_view(GetParam()) == "-m32" ? RefusalCode::InitOnlyChange
                                                                  : RefusalCode::AssemblyFile);
}

TEST(CompareAssemblyWithTheBuild, TakesTheObjectThatTheBuildLeftForTheBase) {
  // Which the base's text alone would not show.
  const UnitOfC unit("-m64", "int f(void) { return 1; }\n", "int f(void) { return 2; }\n");
  unit.buildAs("int f(void) { return 2; }\n");
  EXPECT_FALSE(unit.verdict());
}

TEST(CompareAssemblyWithTheBuild, AssemblesBothStatesWhereTheObjectIsAnother) {
  const UnitOfC unit("-m64", "int f(void) { return 1; }\n", "int f(void) { return 2 - 1; }\n");
  unit.buildAs("int f(void) { return 3; }\n");
  EXPECT_FALSE(unit.verdict());
}

TEST(CompareAssemblyWithTheBuild, DoesNotTakeAnObjectThatWasBuiltOfThePatchedText) {
  const std::string patched = "int f(void) { return 2; }\n";
  const UnitOfC unit("-m64", "int f(void) { return 1; }\n", patched);
  unit.putOnDisk(patched);
  unit.buildAs(patched);
  const auto refusal = unit.verdict();
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, RefusalCode::AssemblyFile);
}

INSTANTIATE_TEST_SUITE_P(Modes, CompareAssembly, testing::Values("-m64", "-m32"),
                         [](const auto &mode) { return std::string(mode.param).substr(1); });

} // namespace
} // namespace suture::builder
