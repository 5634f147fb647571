// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/compile_commands.h"

#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

class CompileCommands : public testing::Test {
protected:
  void SetUp() override {
    auto made = TempDir::create();
    ASSERT_TRUE(static_cast<bool>(made));
    folder_ = std::make_unique<TempDir>(std::move(*made));
  }
  const std::string &root() const { return folder_->path(); }
  SourceTree tree() const { return {.root = root(), .files = {}, .diffText = {}}; }
  std::string write(const std::string &path, const std::string &text) {
    std::filesystem::path full = root() + "/" + path;
    std::filesystem::create_directories(full.parent_path());
    EXPECT_FALSE(static_cast<bool>(writeFile(full.string(), text)));
    return full.string();
  }
  std::string errorOf(const CompileCommandSource &source) {
    auto commands = readCompileCommands(tree(), source);
    return commands ? "read" : llvm::toString(commands.takeError());
  }

  std::unique_ptr<TempDir> folder_;
};

TEST_F(CompileCommands, ReadsJsonWithADirectoryRelativeToTheRoot) {
  write("sub/x.c", "");
  std::string json = write("c.json", R"([{"directory": ".", "file": "sub/x.c", "output": "o/x.o",
                     "arguments": ["/usr/bin/clang", "-O2", "-c", "sub/x.c", "-o", "o/x.o"]}])");
  auto commands = readCompileCommands(tree(), {json, {}});
  ASSERT_TRUE(static_cast<bool>(commands));
  ASSERT_EQ(commands->size(), 1u);
  EXPECT_EQ((*commands)[0].source, root() + "/sub/x.c");
  EXPECT_EQ((*commands)[0].command.output, "o/x.o");
  EXPECT_EQ((*commands)[0].language, Language::C);
  EXPECT_FALSE((*commands)[0].command.inputs);
}

TEST_F(CompileCommands, ReadsJsonWithACommandLine) {
  write("x.cpp", "");
  std::string json = write("c.json", R"([{"directory": ")" + root() +
                                         R"(", "file": "x.cpp",
                     "command": "g++ -DA=\"b c\" '-DD=e f' -c x.cpp -o x.o"}])");
  auto commands = readCompileCommands(tree(), {json, {}});
  ASSERT_TRUE(static_cast<bool>(commands));
  EXPECT_EQ((*commands)[0].command.arguments[1], "-DA=b c");
  EXPECT_EQ((*commands)[0].command.arguments[2], "-DD=e f");
  EXPECT_EQ((*commands)[0].language, Language::Cxx);
}

TEST_F(CompileCommands, ReadsTheDependencyFileThatTheBuildLeft) {
  write("x.c", "");
  write("x.d", "x.o: x.c \\\n  sub/a.h b\\ c.h\nb\\ c.h:\n");
  std::string json = write("c.json", R"([{"directory": ".", "file": "x.c",
                     "arguments": ["gcc", "-MD", "-MF", "x.d", "-c", "x.c", "-o", "x.o"]}])");
  auto commands = readCompileCommands(tree(), {json, {}});
  ASSERT_TRUE(static_cast<bool>(commands));
  ASSERT_TRUE((*commands)[0].command.inputs);
  EXPECT_EQ(*(*commands)[0].command.inputs, (std::vector<std::string>{"x.c", "sub/a.h", "b c.h"}));
}

TEST_F(CompileCommands, RefusesJsonThatIsNone) {
  EXPECT_NE(errorOf({root() + "/none.json", {}}).find("No such file"), std::string::npos);
  EXPECT_NE(errorOf({write("a.json", "{"), {}}).find("a.json: "), std::string::npos);
  EXPECT_NE(errorOf({write("b.json", "{}"), {}}).find("not a list"), std::string::npos);
  EXPECT_NE(errorOf({write("c.json", "[]"), {}}).find("has no compile command"), std::string::npos);
  EXPECT_NE(errorOf({write("d.json", R"([{"file": "x.c"}])"), {}}).find("an entry without"),
            std::string::npos);
  EXPECT_NE(errorOf({write("e.json", R"([{"file": 1, "directory": ".", "arguments": []}])"), {}})
                .find("e.json: "),
            std::string::npos);
}

TEST_F(CompileCommands, ReadsCmdFilesBelowTheRoot) {
  write("arch/a.c", "");
  write("arch/.a.o.cmd", "cmd_a.o := gcc -O2 -c a.c -o ./.a.o.tmp -MQ a.o\n");
  write("arch/.built_in.o.cmd", "cmd_built_in.o := ld -r -o built_in.o a.o\n");
  auto commands = readCompileCommands(tree(), {});
  ASSERT_TRUE(static_cast<bool>(commands));
  ASSERT_EQ(commands->size(), 1u);
  EXPECT_EQ((*commands)[0].source, root() + "/arch/a.c");
}

TEST_F(CompileCommands, PassesOverWhatTheBuildOfAnotherRevisionLeft) {
  write("here.c", "");
  for (const std::string name : {"here", "removed", "added", "gone"})
    write("." + name + ".o.cmd", "cmd_" + name + ".o := gcc -c " + name + ".c -o " + name + ".o\n");
  SourceTree patched = tree();
  patched.files["removed.c"] = {.history = {"int a;", std::nullopt}};
  patched.files["added.c"] = {.history = {std::nullopt, "int b;"}};
  auto commands = readCompileCommands(patched, {});
  ASSERT_TRUE(static_cast<bool>(commands));
  ASSERT_EQ(commands->size(), 2u);
  EXPECT_EQ((*commands)[0].source, root() + "/here.c");
  EXPECT_EQ((*commands)[1].source, root() + "/removed.c");
}

TEST_F(CompileCommands, PassesOverJsonRecordsOfAnotherRevisionUnlessTheTargetHasTheFile) {
  write("here.c", "");
  std::string entries;
  for (const std::string name : {"gone", "made", "here"})
    entries += std::string(entries.empty() ? "" : ",") + R"({"directory": ".", "file": ")" + name +
               R"(.c", "arguments": ["gcc", "-c", ")" + name + R"(.c", "-o", ")" + name +
               R"(.o"]})";
  const std::string json = write("c.json", "[" + entries + "]");
  auto commands = readCompileCommands(tree(), {json, std::set<std::string>{"sub/made.c"}});
  ASSERT_TRUE(static_cast<bool>(commands));
  ASSERT_EQ(commands->size(), 2u);
  EXPECT_EQ((*commands)[0].source, root() + "/here.c");
  EXPECT_EQ((*commands)[1].source, root() + "/made.c");
}

TEST_F(CompileCommands, SaysThatATreeWasBuiltInAnotherPlace) {
  const std::string json = write("c.json", R"([{"directory": "/no/such/tree", "file": "x.c",
                     "arguments": ["gcc", "-c", "x.c", "-o", "x.o"]}])");
  EXPECT_NE(errorOf({json, {}}).find("c.json: no source file of its compile commands exists"),
            std::string::npos);
}

TEST_F(CompileCommands, SaysThatATreeIsNotBuilt) {
  EXPECT_NE(errorOf({}).find("is the tree built?"), std::string::npos);
}

TEST_F(CompileCommands, TakeTheCompilerRunOutOfASequence) {
  write("x.c", "");
  write(".x.o.cmd", "savedcmd_x.o := gcc -D'A=$$1' -c x.c -o x.o; objtool check x.o && true\n");
  auto commands = readCompileCommands(tree(), {});
  ASSERT_TRUE(static_cast<bool>(commands));
  EXPECT_EQ((*commands)[0].command.arguments,
            (std::vector<std::string>{"gcc", "-DA=$1", "-c", "x.c", "-o", "x.o"}));
}

TEST_F(CompileCommands, KnowWhatNewerCmdFilesList) {
  write("x.c", "");
  write(".x.o.cmd", "cmd_x.o := gcc -c x.c -o x.o\n\ndeps_x.o := \\\n  a.h \\\n\n");
  auto commands = readCompileCommands(tree(), {});
  ASSERT_TRUE(static_cast<bool>(commands));
  ASSERT_TRUE((*commands)[0].command.inputs);
  EXPECT_EQ(*(*commands)[0].command.inputs, (std::vector<std::string>{"a.h", "x.c"}));
}

TEST_F(CompileCommands, PassOverWhatIsNoCompilerRun) {
  write("x.c", "");
  write(".x.o.cmd", "cmd_x.o := gcc -c x.c -o x.o\n");
  write(".y.o.cmd", "cmd_y.o := objcopy a.o y.o\n");
  write(".z.o.cmd", "cmd_z.o := gcc -c\n");
  auto commands = readCompileCommands(tree(), {});
  ASSERT_TRUE(static_cast<bool>(commands));
  EXPECT_EQ(commands->size(), 1u);
}

TEST_F(CompileCommands, SourceThatIsALinkIsTheFileThatItLeadsTo) {
  write("common/boot.c", "");
  write("arch/.boot.o.cmd", "cmd_arch/boot.o := gcc -c arch/boot.c -o arch/boot.o\n");
  std::filesystem::create_symlink("../common/boot.c", root() + "/arch/boot.c");
  auto commands = readCompileCommands(tree(), {});
  ASSERT_TRUE(static_cast<bool>(commands));
  EXPECT_EQ((*commands)[0].source, root() + "/common/boot.c");
  EXPECT_EQ((*commands)[0].command.file, "arch/boot.c");
}

} // namespace
} // namespace suture::builder
