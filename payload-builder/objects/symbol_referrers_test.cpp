// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/symbol_referrers.h"

#include "payload-builder/support/process.h"
#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <chrono>
#include <filesystem>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

namespace fs = std::filesystem;

constexpr const char *reader = "extern const int limits[5]; int f(int i) { return limits[i]; }\n";
constexpr const char *stranger = "int f(int i) { return i; }\n";

/// A tree of one unit, a.c, that was built with a list of what was read.
class BuiltTree final {
public:
  explicit BuiltTree(const char *text) : folder_(llvm::cantFail(TempDir::create())) {
    tree_.root = folder_.path();
    write(text);
    const ProcessResult result = llvm::cantFail(runProcess(
        {.arguments = command().arguments, .directory = folder_.path(), .environment = {}}));
    EXPECT_EQ(result.status, 0) << result.errors;
  }

  void write(const char *text) { llvm::cantFail(writeFile(folder_.path() + "/a.c", text)); }
  /// Gives the source its time back: it seems to be what the object was made of.
  void makeSourceOld() {
    fs::last_write_time(folder_.path() + "/a.c",
                        fs::last_write_time(folder_.path() + "/a.o") - std::chrono::seconds(5));
  }
  /// A lower payload's diff changes the source to that text.
  void patchBase(const char *original, const char *text) {
    tree_.files["a.c"].history = {original, text, text};
    texts_["a.c"] = text;
  }

  std::vector<Unit> referrers() const {
    const UnitCompiler compiler = llvm::cantFail(
        UnitCompiler::create({.tree = tree_, .baseTexts = texts_, .patchedTexts = texts_}));
    const Unit unit{
        .command = command(), .source = "a.c", .language = Language::C, .changedFiles = {}};
    return llvm::cantFail(SymbolReferrers::create(compiler, {unit})).of("limits");
  }

private:
  CompileCommand command() const {
    return {.directory = folder_.path(),
            .file = "a.c",
            .output = "a.o",
            .arguments = {"gcc", "-O2", "-c", "a.c", "-o", "a.o"},
            .inputs =
                std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"a.c"})};
  }

  TempDir folder_;
  SourceTree tree_;
  std::map<std::string, FileText> texts_;
};

TEST(SymbolReferrers, TheObjectThatTheBuildLeftTells) {
  BuiltTree tree(reader);
  tree.write("this would not compile");
  tree.makeSourceOld();
  ASSERT_EQ(tree.referrers().size(), 1u);
  EXPECT_EQ(tree.referrers().front().source, "a.c");
}

TEST(SymbolReferrers, AnObjectOlderThanItsSourceIsMadeAnew) {
  BuiltTree tree(reader);
  tree.write(stranger);
  EXPECT_EQ(tree.referrers().size(), 0u);
}

TEST(SymbolReferrers, WhatAPayloadUnderneathChangedIsMadeAnew) {
  BuiltTree tree(stranger);
  tree.makeSourceOld();
  EXPECT_EQ(tree.referrers().size(), 0u);
  tree.patchBase(stranger, reader);
  EXPECT_EQ(tree.referrers().size(), 1u);
}

} // namespace
} // namespace suture::builder
