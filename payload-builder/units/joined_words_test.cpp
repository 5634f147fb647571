// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/joined_words.h"

#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <memory>

namespace suture::builder {
namespace {

CompileCommand command(const std::vector<std::string> &options) {
  CompileCommand made;
  made.directory = "/";
  made.file = "a.c";
  made.arguments = {"gcc", "-nostdinc"};
  made.arguments.insert(made.arguments.end(), options.begin(), options.end());
  made.inputs = std::make_shared<const std::vector<std::string>>(1, "a.c");
  return made;
}

class FindJoinedWords : public testing::Test {
protected:
  /// Of a.c; "any" where it may be any word of it.
  std::string joined(const std::string &text, const std::vector<std::string> &options = {}) {
    write("a.c", text);
    const WordsToJoin words = all(options).files.at(path("a.c"));
    return words.mayBeAny ? "any"
                          : fmt::format("{}{}", fmt::join(words.words, " "),
                                        words.hasNumbers ? " and numbers" : "");
  }
  JoinedWords all(const std::vector<std::string> &options) {
    const Unit unit{command(options), "a.c", Language::C, {}};
    const std::vector<UnitInputs> units = {{&unit, files_}};
    return joinedWords({.root = folder_.path(), .files = {}, .diffText = {}}, units, names_,
                       withStrings_, [](const std::string &) { return true; });
  }
  std::string path(const std::string &name) const { return folder_.path() + "/" + name; }
  void write(const std::string &name, const std::string &text) {
    ASSERT_FALSE(static_cast<bool>(writeFile(path(name), text)));
    files_.push_back(path(name));
  }

  TempDir folder_ = llvm::cantFail(TempDir::create());
  std::vector<std::string> files_;
  std::vector<std::string> names_;
  bool withStrings_ = false;
};

TEST_F(FindJoinedWords, StandNextToTheOperatorOrAreArgumentsThere) {
  EXPECT_EQ(joined("#define HAS(name) FEATURE_ ## name + rest\nint a = HAS(smep) + b;\n"),
            "FEATURE_ smep");
  EXPECT_EQ(joined("#define HAS(a, name) a + x_##name##_y\nint a = HAS(first, second);\n"),
            "_y second x_");
  EXPECT_EQ(joined("#define NEVER(a) a\nint a = NEVER(b);\n"), "");
}

TEST_F(FindJoinedWords, MayComeThroughOtherMacros) {
  const std::string join = "#define JOIN2(a, b) a##b\n#define JOIN(a, b) JOIN2(a, b)\n";
  EXPECT_EQ(joined(join + "int JOIN(c, JOIN(d, e));\n"), "JOIN JOIN2 c d e");
  EXPECT_EQ(joined(join + "#define MAKE(type, name) type JOIN(make_, name)\nMAKE(int, f);\n"),
            "f make_");
  EXPECT_EQ(joined(join + "#define PREFIX my_\nint JOIN(PREFIX, f);\n"), "PREFIX f my_");
  EXPECT_EQ(joined("#define A B\n#define B(x) x##_y\nint A(z);\n"), "B _y z");
}

TEST_F(FindJoinedWords, OfAnArgumentThatBecomesSeveral) {
  EXPECT_EQ(joined("#define SECOND(a, b) x_##b\n#define ALL(p) SECOND(p)\n#define TWO one, two\n"
                   "int ALL(TWO);\n"),
            "TWO one two x_");
  EXPECT_EQ(joined("#define LAST(a, b...) x_##b\n#define ALL(a, b, c) LAST(1, 2, c)\n"
                   "int ALL(one, two, three);\n"),
            "1 2 three x_");
}

TEST_F(FindJoinedWords, OfAMacroThatIsPassedWithoutArguments) {
  EXPECT_EQ(joined("#define NAME(x) x##_n\n#define EACH(m) m(one)\nint EACH(NAME);\n"),
            "EACH NAME _n one");
  EXPECT_EQ(joined("#define NAME(x) x##_n\n#define EACH(m, x) m(x)\n#define ALL(x) EACH(NAME, x)\n"
                   "int ALL(two);\n"),
            "EACH NAME _n two");
  EXPECT_EQ(joined("#define NAME(x) x##_n\nstruct NAME *f(struct NAME *a, int b);\n"), "_n");
  EXPECT_EQ(joined("#define NAME(x) x##_n\n#define SIZE(t) sizeof(t)\nint a = SIZE(NAME) + b;\n"),
            "_n");
  EXPECT_EQ(joined("#define NAME(x) x##_n\n#define ONE(m) m(one)\n#define BY(f, m) f(m)\n"
                   "int BY(ONE, NAME);\n"),
            "BY NAME ONE _n one");
}

TEST_F(FindJoinedWords, OfMacrosWhoseNamesAreJoined) {
  const std::string join = "#define JOIN1(x) name_##x\n#define JOIN(x) JOIN1(x)\n";
  EXPECT_EQ(
      joined("#define NUMBER_a 7\n" + join + "#define MAKE(x) JOIN(NUMBER_##x)\nint MAKE(a), b;\n"),
      "7 NUMBER_ a name_");
  EXPECT_EQ(joined("#define OP_a(x) x##_t\n#define CALL(op, x) OP_##op(x)\nint CALL(a, b);\n"),
            "OP_ _t a b");
  EXPECT_EQ(joined("#define OP_a(x) x##_t\n#define GET(op) OP_##op\nint GET(a)(b);\n"),
            "OP_ _t a b");
  EXPECT_EQ(joined("#define OP_a(x) x\n#define GET(op) OP_##op\nint GET(a)(b);\n"), "OP_ a");
}

TEST_F(FindJoinedWords, MakeOnlyNamesThatAreGivenThatWay) {
  names_ = {"name_7", "name_8", "name_71", "one_n"};
  joined("#define NUMBER_a 7\n#define NUMBER_b 8\n#define JOIN1(x) name_##x\n"
         "#define JOIN(x) JOIN1(x)\n#define MAKE(x) JOIN(NUMBER_##x)\n"
         "int MAKE(a);\n#define OTHER(x) x##1\nint OTHER(b);\n");
  EXPECT_EQ(all({}).made, (std::set<std::string>{"name_7"}));
  write("m.h", "#define NAME(x) x##_n\n#define EACH(m) m(one)\nint EACH(NAME);\n");
  EXPECT_EQ(all({}).made, (std::set<std::string>{"name_7", "one_n"}));
}

TEST_F(FindJoinedWords, MakeNamesOfNumbersThatAreJoinedTwice) {
  names_ = {"name_x_12", "name_y_12", "name_x_a"};
  joined("#define T2(a, b) a##_##b\n#define T1(a, b) T2(a, b)\n#define T(a) T1(a, __LINE__)\n"
         "#define JOIN1(x) name_##x\n#define JOIN(x) JOIN1(x)\nint JOIN(T(x));\n");
  EXPECT_EQ(all({}).made, (std::set<std::string>{"name_x_12"}));
}

TEST_F(FindJoinedWords, AreAtTheEndsOfStringsToo) {
  withStrings_ = true;
  EXPECT_EQ(joined("asm(\".equ FEATURE_\" \"a b\");\n"), "FEATURE_ a b");
  EXPECT_EQ(joined("#define EQU(name) asm(\".equ FEATURE_\" #name \", 1\")\nEQU(smep);\n"),
            "1 FEATURE_ smep");
  EXPECT_EQ(joined("const char *s = \"\\n a \\n\";\n"), "");
  withStrings_ = false;
  EXPECT_EQ(joined("asm(\".equ FEATURE_\" \"a b\");\n"), "");
}

TEST_F(FindJoinedWords, AreNoneWhereACommaIsTakenAway) {
  EXPECT_EQ(joined("#define PRINT(format, args...) print(format, ## args)\n"
                   "#define LOG(...) print(1, ##__VA_ARGS__)\n"
                   "void f(void) { PRINT(a, b); LOG(c, d); }\n"),
            "");
}

TEST_F(FindJoinedWords, AreSoughtInConditions) {
  EXPECT_EQ(joined("#define JOIN(a, b) a##b\n#if JOIN(CONFIG_, X)\n#endif\n#ifdef JOIN\n#endif\n"),
            "CONFIG_ X");
}

TEST_F(FindJoinedWords, AreAnyWhereCallsAreNotFollowed) {
  const std::string join = "#define JOIN(a, b) a##b\n";
  EXPECT_EQ(joined(join + "int JOIN(a,\n#ifdef X\n  b)\n#else\n  c)\n#endif\n;\n"), "any");
  EXPECT_EQ(joined(join + "#define OPEN (\nint JOIN(a, OPEN);\n"), "any");
  EXPECT_EQ(joined(join + "int JOIN(a\n"), "any");
  EXPECT_EQ(joined("int f(void) __attribute__((alias(\"g\" \"h\")));\n"), "any");
  EXPECT_EQ(joined("#define ALIAS(a) __attribute__((__alias__(#a)))\n"), "any");
  EXPECT_EQ(joined("int f(void) __attribute__((alias(\"g\"))), alias;\n"), "");
  EXPECT_EQ(joined("#define F(a, ...) a##b __VA_OPT__(c)\n"), "any");
  EXPECT_EQ(joined("int a;\n", {"-Dnothing=JOIN(", "-DJOIN(a)=a##b"}), "any");
}

TEST_F(FindJoinedWords, AreNumbersWhereALineMayBe) {
  EXPECT_EQ(joined("#define T2(a, b) a##_##b\n#define T1(a, b) T2(a, b)\n"
                   "#define T(a) T1(a, __LINE__)\nint T(x);\n"),
            "_ __LINE__ x and numbers");
}

TEST_F(FindJoinedWords, OfCommandsAreTheirOwn) {
  EXPECT_EQ(joined("#define JOIN2(a, b) a##b\n#define JOIN(a, b) JOIN2(a, b)\nint JOIN(P, x);\n",
                   {"-DP=my_", "-D", "Q(a)=z##a"}),
            "P my_ x");
  EXPECT_TRUE(all({"-DP=my_", "-D", "Q(a)=z##a"}).commands.words.contains("z"));
  EXPECT_TRUE(all({}).commands.words.contains("UL")) << "as __UINT64_C() of the compiler does";
}

TEST_F(FindJoinedWords, MayBeContinuedOnTheNextLine) {
  EXPECT_EQ(joined("#define JOIN(a, \\\n b) a ## \\\n b\nint JOIN(on\\\ne, t);\n"), "one t");
}

TEST_F(FindJoinedWords, OfAllFilesMeet) {
  write("x.h", "#define JOIN(a, b) a##b\nint JOIN(c, d);\n");
  EXPECT_EQ(joined("int JOIN(e, f);\n"), "e f");
  EXPECT_EQ(all({}).files.at(path("x.h")).words, (std::set<std::string>{"c", "d"}));
}

TEST(ListsAllFiles, NeedsAListAndNoFoldersOfTheSystem) {
  EXPECT_TRUE(listsAllFiles(command({})));
  EXPECT_FALSE(listsAllFiles(command({"-isystem", "/usr/include"})));
  EXPECT_FALSE(listsAllFiles(command({"-iwithprefix", "include"})));
  CompileCommand other = command({});
  other.inputs.reset();
  EXPECT_FALSE(listsAllFiles(other));
  other = command({});
  std::erase(other.arguments, "-nostdinc");
  EXPECT_FALSE(listsAllFiles(other));
}

} // namespace
} // namespace suture::builder
