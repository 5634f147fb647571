// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/generated/embedded_files.h"

#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

class EmbeddedFiles : public testing::Test {
protected:
  /// Adds a unit with that text.
  void unit(const std::string &name, const std::string &text, const std::string &flag = "-O2") {
    llvm::cantFail(writeFile(root() + "/" + name, text));
    RecordedCommand recorded;
    recorded.command.directory = root();
    recorded.command.file = name;
    recorded.command.arguments = {"gcc", flag, "-c", name};
    recorded.source = root() + "/" + name;
    recorded.command.inputs = std::make_shared<const std::vector<std::string>>(std::vector{name});
    commands_.push_back(std::move(recorded));
  }

  /// Where data/blob.txt may be embedded; "": nowhere.
  std::string embedder() const {
    const auto found =
        embeddedFiles({.root = root(), .files = {}, .diffText = {}}, commands_, {"data/blob.txt"});
    return found.empty() ? "" : toString(found.at("data/blob.txt"));
  }

  const std::string &root() const { return folder_.path(); }

  TempDir folder_ = llvm::cantFail(TempDir::create());
  std::vector<RecordedCommand> commands_;
};

TEST_F(EmbeddedFiles, AreNamedByAnAssemblyUnit) {
  unit("a.c", "int a;\n");
  unit("b.S", ".data\n.incbin \"../data/blob.txt\"\n");
  EXPECT_EQ(embedder(), "b.S:2");
}

TEST_F(EmbeddedFiles, AreNamedByInlineAssembly) {
  unit("a.c", "asm(\".incbin \\\"data/blob.txt\\\"\");\n");
  EXPECT_EQ(embedder(), "a.c:1");
}

TEST_F(EmbeddedFiles, OthersAreNot) {
  unit("a.c", "/* blob.txt */ asm(\".incbin \\\"data/other.txt\\\"\");\n");
  unit("b.c", "const char *name = \"blob.txt\";\n");
  EXPECT_EQ(embedder(), "");
}

TEST_F(EmbeddedFiles, MayBeNamedByAMacroOfTheFile) {
  unit("b.S", "#define BLOB \"blob.txt\"\n.incbin BLOB\n");
  EXPECT_EQ(embedder(), "b.S:2");
}

TEST_F(EmbeddedFiles, MayBeNamedByTheCommandLine) {
  unit("b.S", ".incbin BLOB\n", "-DBLOB=\"data/blob.txt\"");
  EXPECT_EQ(embedder(), "b.S:1");
}

TEST_F(EmbeddedFiles, AreSearchedForInWhatUnitsInclude) {
  llvm::cantFail(writeFile(root() + "/a.h", "asm(\".incbin \\\"data/blob.txt\\\"\");\n"));
  unit("a.c", "#include \"a.h\"\n");
  commands_.back().command.inputs.reset();
  EXPECT_EQ(embedder(), "a.h:1");
}

} // namespace
} // namespace suture::builder
