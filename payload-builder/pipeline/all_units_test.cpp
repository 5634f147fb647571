// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/pipeline/all_units.h"

#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

TEST(AllUnits, HasEachObjectOnceWithItsSourceRelativeToTheTree) {
  const TempDir folder = llvm::cantFail(TempDir::create());
  llvm::cantFail(writeFile(folder.path() + "/a.c", "int a;\n"));
  std::string commands;
  for (const char *object : {"a.o", "a.o", "again.o"})
    commands += std::string(commands.empty() ? "[" : ",") +
                R"({"directory":".","file":"a.c","output":")" + object +
                R"(","arguments":["gcc","-c","a.c"]})";
  const std::string json = folder.path() + "/commands.json";
  llvm::cantFail(writeFile(json, commands + "]"));
  const SourceTree tree{.root = folder.path(), .files = {}, .diffText = {}};
  const std::vector<Unit> units = llvm::cantFail(allUnits(tree, {json, {}}));
  ASSERT_EQ(units.size(), 2u);
  EXPECT_EQ(units[0].source, "a.c");
  EXPECT_EQ(units[0].command.output, "a.o");
  EXPECT_EQ(units[1].source, "a.c");
  EXPECT_EQ(units[1].command.output, "again.o");
}

TEST(AllUnits, HasNo32BitCode) {
  const TempDir folder = llvm::cantFail(TempDir::create());
  llvm::cantFail(writeFile(folder.path() + "/a.c", "int a;\n"));
  const std::string json = folder.path() + "/commands.json";
  llvm::cantFail(writeFile(
      json,
      R"([{"directory":".","file":"a.c","output":"boot.o","arguments":["gcc","-m32","-c","a.c"]},)"
      R"({"directory":".","file":"a.c","output":"a.o","arguments":["gcc","-m32","-m64","-c","a.c"]}])"));
  const SourceTree tree{.root = folder.path(), .files = {}, .diffText = {}};
  const std::vector<Unit> units = llvm::cantFail(allUnits(tree, {json, {}}));
  ASSERT_EQ(units.size(), 1u);
  EXPECT_EQ(units[0].command.output, "a.o");
}

} // namespace
} // namespace suture::builder
