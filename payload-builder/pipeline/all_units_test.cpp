// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/pipeline/all_units.h"

#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

TEST(AllUnits, RecordsOfFilesThatAreGoneAreNoUnits) {
  const TempDir folder = llvm::cantFail(TempDir::create());
  llvm::cantFail(writeFile(folder.path() + "/a.c", "int a;\n"));
  std::string commands;
  for (const char *name : {"a.c", "gone.c"})
    commands += std::string(commands.empty() ? "[" : ",") + R"({"directory":".","file":")" + name +
                R"(","output":")" + name + R"(.o","arguments":["gcc","-c",")" + name + R"("]})";
  const std::string json = folder.path() + "/commands.json";
  llvm::cantFail(writeFile(json, commands + "]"));
  const SourceTree tree{.root = folder.path(), .files = {}, .diffText = {}};
  const std::vector<Unit> units = llvm::cantFail(allUnits(tree, json));
  ASSERT_EQ(units.size(), 1u);
  EXPECT_EQ(units.front().source, "a.c");
}

} // namespace
} // namespace suture::builder
