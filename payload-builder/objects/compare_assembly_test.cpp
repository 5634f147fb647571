// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/compare_assembly.h"

#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

/// The verdict on a unit of C that a mode of the compiler makes code of for the assembler to judge.
std::optional<Refusal> verdict(const std::string &mode, const std::string &base,
                               const std::string &patched) {
  const TempDir folder = llvm::cantFail(TempDir::create());
  llvm::cantFail(writeFile(folder.path() + "/a.c", base));
  SourceTree tree{.root = folder.path(), .files = {}, .diffText = {}};
  tree.files["a.c"].history = {base, patched};
  const UnitCompiler compiler = llvm::cantFail(UnitCompiler::create(
      {.tree = tree, .baseTexts = {{"a.c", base}}, .patchedTexts = {{"a.c", patched}}}));
  const Unit unit{.command = {.directory = folder.path(),
                              .file = "a.c",
                              .output = "a.o",
                              .arguments = {"gcc", mode, "-O2", "-c", "a.c", "-o", "a.o"}},
                  .source = "a.c",
                  .language = Language::C,
                  .changedFiles = {"a.c"}};
  return llvm::cantFail(compareAssembly(compiler, {&unit, 1})).front();
}

class CompareAssembly : public testing::TestWithParam<const char *> {};

TEST_P(CompareAssembly, CodeThatStaysTheSameIsNoConcern) {
  EXPECT_FALSE(
      verdict(GetParam(), "int f(void) { return 1; }\n", "int f(void) { return 2 - 1; }\n"));
}

TEST_P(CompareAssembly, CodeThatChangesIsRefused) {
  const auto refusal =
      verdict(GetParam(), "int f(void) { return 1; }\n", "int f(void) { return 2; }\n");
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->location.file, "a.c");
  EXPECT_EQ(refusal->code, std::string_view(GetParam()) == "-m32" ? RefusalCode::InitOnlyChange
                                                                  : RefusalCode::AssemblyFile);
}

INSTANTIATE_TEST_SUITE_P(Modes, CompareAssembly, testing::Values("-m64", "-m32"),
                         [](const auto &mode) { return std::string(mode.param).substr(1); });

} // namespace
} // namespace suture::builder
