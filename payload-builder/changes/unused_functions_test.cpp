// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/unused_functions.h"

#include "payload-builder/changes/facts_format.h"
#include "payload-builder/changes/unit_facts.h"
#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace suture::builder {
namespace {

/// x.c and x.h on disk; the build read both.
class UnusedFunctionsOfUnit : public testing::Test {
protected:
  void write(const std::string &header, const std::string &source) {
    ASSERT_FALSE(static_cast<bool>(writeFile(tree_.root + "/x.h", header)));
    ASSERT_FALSE(static_cast<bool>(writeFile(tree_.root + "/x.c", "#include \"x.h\"\n" + source)));
  }
  UnitState unit() const { return {tree_, command_, Language::C, TreeState::Base}; }
  bool isUnused(const std::string &name) { return UnusedFunctions().in(unit()).contains(name); }

  /// The unit's facts as bytes; the message where it does not compile.
  std::string facts(UnusedFunctions *functions) {
    auto read = readUnitFacts(unit(), functions);
    if (!read)
      return llvm::toString(read.takeError());
    CachedFacts plain;
    plain.facts = std::move(*read);
    return toBytes(plain);
  }
  /// Whether they are the same without bodies of unused functions.
  bool givesTheSame() {
    UnusedFunctions functions;
    return facts(&functions) == facts(nullptr);
  }

  TempDir folder_ = llvm::cantFail(TempDir::create());
  SourceTree tree_ = {.root = folder_.path(), .files = {}, .diffText = {}};
  CompileCommand command_ = {.directory = tree_.root,
                             .file = "x.c",
                             .output = "x.o",
                             .arguments = {"clang", "-O2", "-c", "x.c", "-o", "x.o"},
                             .inputs = std::make_shared<const std::vector<std::string>>(
                                 std::vector<std::string>{"x.c", "x.h"})};
};

TEST_F(UnusedFunctionsOfUnit, AreThoseThatNothingLeadsTo) {
  write("static inline int deep(int a) { return a + 1; }\n"
        "static inline int near(int a) { return deep(a); }\n"
        "static inline int idle(int a) { return near(a); }\n"
        "static inline int never(int a) { return idle(a); }\n",
        "int f(int a) { return near(a); }\n");
  EXPECT_FALSE(isUnused("deep"));
  EXPECT_FALSE(isUnused("near"));
  EXPECT_TRUE(isUnused("idle"));
  EXPECT_TRUE(isUnused("never"));
  EXPECT_TRUE(givesTheSame());
}

TEST_F(UnusedFunctionsOfUnit, CountUsesThroughMacrosThatAreUsed) {
  write("static inline int half(int a) { return a / 2; }\n"
        "static inline int third(int a) { return a / 3; }\n"
        "#define HALF(a) half(a)\n"
        "#define THIRD(a) \\\n  third(a)\n",
        "int f(int a) { return HALF(a); }\n");
  EXPECT_FALSE(isUnused("half"));
  EXPECT_TRUE(isUnused("third"));
  EXPECT_TRUE(givesTheSame());
}

TEST_F(UnusedFunctionsOfUnit, CountUsesOutsideOfFunctions) {
  write("static inline int get(void) { return 1; }\n"
        "static inline int put(void) { return 2; }\n"
        "static int (*const ops[])(void) = { get };\n",
        "int f(void) { return ops[0](); }\n");
  EXPECT_FALSE(isUnused("get"));
  EXPECT_TRUE(isUnused("put"));
  EXPECT_TRUE(givesTheSame());
}

TEST_F(UnusedFunctionsOfUnit, AreGuessedOfNoFileWhoseBracesDoNotMatch) {
  write("static inline int idle(int a) {\n"
        "#ifdef A\n if (a > 1) {\n#else\n if (a > 2) {\n#endif\n a++; }\n return a; }\n",
        "int f(int a) { return a; }\n");
  EXPECT_FALSE(isUnused("idle"));
  EXPECT_TRUE(givesTheSame());
}

TEST_F(UnusedFunctionsOfUnit, AreNotKnownWithoutAListOfFiles) {
  write("static inline int idle(int a) { return a; }\n", "int f(int a) { return a; }\n");
  EXPECT_TRUE(isUnused("idle"));
  command_.inputs = nullptr;
  EXPECT_FALSE(isUnused("idle"));
}

TEST_F(UnusedFunctionsOfUnit, OfAChangedHeaderAreParsed) {
  const std::string header = "static inline int idle(int a) { return a; }\n";
  write(header, "int f(int a) { return a; }\n");
  tree_.files["x.h"].history = {header, "static inline int idle(int a) { return b; }\n"};
  UnusedFunctions functions;
  auto read = readUnitFacts({tree_, command_, Language::C, TreeState::Patched}, &functions);
  ASSERT_FALSE(static_cast<bool>(read));
  EXPECT_NE(llvm::toString(read.takeError()).find("x.h:1:40: error: "), std::string::npos);
}

TEST_F(UnusedFunctionsOfUnit, ThatAreUsedAfterAllAreParsedAgain) {
  // Words that macros put together are not looked for.
  write("static inline int get_cpu(int a) { static int last; return last += a; }\n"
        "#define GET(what) get_##what\n",
        "int f(int a) { return GET(cpu)(a); }\n");
  EXPECT_TRUE(isUnused("get_cpu"));
  EXPECT_TRUE(givesTheSame());
  EXPECT_NE(facts(nullptr).find("get_cpu"), std::string::npos);
}

TEST_F(UnusedFunctionsOfUnit, ThatTheObjectHasAnywayAreParsedAgain) {
  write("__attribute__((used)) static int kept(int a) { return a; }\n",
        "int f(int a) { return a; }\n");
  EXPECT_TRUE(isUnused("kept"));
  EXPECT_TRUE(givesTheSame());
  EXPECT_NE(facts(nullptr).find("kept"), std::string::npos);
}

TEST_F(UnusedFunctionsOfUnit, CountUsesOnLinesOfAnotherCompiler) {
  write("static inline int theirs(int a) { return a; }\n"
        "#ifndef __clang__\nint also(int a) { return theirs(a); }\n#endif\n",
        "int f(int a) { return a; }\n");
  EXPECT_FALSE(isUnused("theirs"));
  EXPECT_TRUE(givesTheSame());
}

} // namespace
} // namespace suture::builder
