// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/testing/case.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

using testing_support::Case;

// Each case is a source before and after; `{{before||after}}` marks where they differ, so that one
// text shows both.

TEST(FindChanges, IsBlindToCommentsAndWhiteSpace) {
  EXPECT_EQ(Case().c("{{||\n\n/* new */}}int f(int a){{||  }}{ return{{ a|| /*b*/   a}}; }").dump(),
            "x.c: left out: nothing that its object has changes in meaning\n");
}

TEST(FindChanges, IsBlindToLineAndFileMacros) {
  EXPECT_EQ(Case()
                .c("void bug(int, const char *);\n"
                   "#define BUG() bug(__LINE__, __FILE__)\n"
                   "#define ASSERT(x) do { if (!(x)) BUG(); } while (0)\n"
                   "{{||\n\n}}"
                   "void f(int a) { ASSERT({{a||\n  a}}); BUG(); }\n")
                .dump(),
            "x.c: left out: nothing that its object has changes in meaning\n");
}

TEST(FindChanges, LineNumbersPastedIntoNamesOfUnchangedCodeStay) {
  EXPECT_EQ(Case()
                .c("#define PASTE_(a, b) a##b\n#define PASTE(a, b) PASTE_(a, b)\n"
                   "{{||\n\n}}"
                   "int PASTE(unique_, __LINE__) = 1;\n")
                .dump(),
            "x.c: left out: nothing that its object has changes in meaning\n");
}

TEST(FindChanges, RenamedLocalIsNoChange) {
  EXPECT_EQ(Case().c("int f(int {{a||b}}) { int {{x||y}} = {{a||b}}; return {{x||y}}; }").dump(),
            "x.c: left out: nothing that its object has changes in meaning\n");
}

TEST(FindChanges, FindsAChangedBodyAtItsLine) {
  EXPECT_EQ(Case()
                .c("int f(int a)\n{\n  a++;\n  return a + {{1||2}};\n}\nint g(void) { return 0; }")
                .dump(),
            "x.c:\n  x.c:4: function body: f: body\n");
}

TEST(FindChanges, FindsAChangedOperandType) {
  EXPECT_EQ(Case().c("extern {{int||unsigned}} limit;\nint f(long a) { return a < limit; }").dump(),
            "x.c:\n  x.c:2:5: function body: f: body\n");
}

TEST(FindChanges, FindsNewAndRemovedFunctions) {
  EXPECT_EQ(Case()
                .c("{{static int old(int a) { return a; }||static int new(int a) { return -a; }}}\n"
                   "int f(int a) { return {{old||new}}(a); }")
                .dump(),
            "x.c:\n"
            "  x.c:1:12: function added: new: new\n"
            "  x.c:1:12: function removed: old: removed\n"
            "  x.c:2:5: function body: f: body\n");
}

TEST(FindChanges, FindsAChangedSignature) {
  EXPECT_EQ(Case().c("int f(int a{{||, int b}}) { return a; }").dump(),
            "x.c:\n  x.c:1:5: function signature: f: type int (int) -> int (int, int)\n");
}

TEST(FindChanges, FindsAChangedAttributeAndLinkage) {
  EXPECT_EQ(Case().c("{{||__attribute__((noinline)) }}int f(int a) { return a; }").dump(),
            "x.c:\n  x.c:1:31: function signature: f: attributes or linkage\n");
  EXPECT_EQ(
      Case().c("{{||__attribute__((section(\".init.text\"))) }}int f(int a) { return a; }").dump(),
      "x.c:\n  x.c:1:44: function signature: f: attributes or linkage\n");
  EXPECT_EQ(
      Case().c("{{||static }}int f(int a) { return a; }\nint g(int a) { return f(a); }").dump(),
      "x.c:\n  x.c:1:12: function signature: f: attributes or linkage\n");
}

TEST(FindChanges, UnusedStaticFunctionIsNoChange) {
  EXPECT_EQ(Case().c("static inline int f(int a) { return a + {{1||2}}; }\nint g;").dump(),
            "x.c: left out: nothing that its object has changes in meaning\n");
}

TEST(FindChanges, InlineFunctionInAHeaderIsNamedThere) {
  EXPECT_EQ(Case()
                .header("x.h", "static inline int f(int a) { return a + {{1||2}}; }\n")
                .c("#include \"x.h\"\nint g(int a) { return f(a); }\n")
                .dump(),
            "x.c:\n  x.h:1:19: function body: f: body\n");
}

TEST(FindChanges, MacroShowsWhereItIsUsed) {
  EXPECT_EQ(
      Case()
          .header("x.h", "#define LIMIT {{8||16}}\n")
          .c("#include \"x.h\"\nint f(int a) { return a < LIMIT; }\nint g(void) { return 1; }")
          .dump(),
      "x.c:\n  x.c:2:5: function body: f: body\n");
}

TEST(FindChanges, EnumeratorsValueMarksItsUsers) {
  EXPECT_EQ(Case()
                .c("enum e { A, {{||N, }}B };\nint f(int a) { return a == B; }\n"
                   "int g(int a) { return a == A; }")
                .dump(),
            "x.c:\n"
            "  x.c:1:6: type: enum e: B: 1 -> 2\n"
            "  x.c:1:6: type: enum e: N = 1 is new\n"
            "  x.c:2:5: function body: f: enumerator B 1 -> 2\n"
            "  note: x.c:1:16: enumerator B: 1 -> 2; data of the running target may hold the old "
            "value\n");
}

TEST(FindChanges, EnumeratorOfAFunctionIsNoted) {
  EXPECT_NE(Case()
                .c("int f(int a)\n{\n  enum { A, {{||N, }}B };\n  return a == B ? A : 3;\n}")
                .dump()
                .find("note: x.c:3:16: enumerator B: 1 -> 2"),
            std::string::npos);
}

TEST(FindChanges, NewEnumeratorAloneIsNoChange) {
  EXPECT_EQ(Case().c("enum e { A, B{{||, C}} };\nint f(int a) { return a == B; }").dump(),
            "x.c: left out: only types change, and no code depends on it\n");
}

TEST(FindChanges, SizeofMarksItsUsers) {
  EXPECT_EQ(Case()
                .c("struct s { int a; {{||int b;}} };\nunsigned long f(void) { return "
                   "sizeof(struct s); }")
                .functionChanges(),
            "function body: f: layout of struct s\n");
}

TEST(FindChanges, FindsStringsAndInlineAssembly) {
  EXPECT_EQ(Case().c("const char *f(void) { return \"{{a||b}}\"; }").functionChanges(),
            "function body: f: body\n");
  EXPECT_EQ(Case().c("void f(void) { asm volatile(\"{{nop||hlt}}\"); }").functionChanges(),
            "function body: f: body\n");
  EXPECT_EQ(Case().c("void f(int a) { asm volatile(\"\" :: \"{{r||m}}\"(a)); }").functionChanges(),
            "function body: f: body\n");
  EXPECT_EQ(Case().c("void f(void) { asm volatile(\"\" ::: \"{{rax||rbx}}\"); }").functionChanges(),
            "function body: f: body\n");
}

TEST(FindChanges, OperandsOfAssemblyAreToldByTheirNames) {
  EXPECT_EQ(
      Case()
          .c("void f(int a, int b) {\n  asm volatile(\"mov %[x], %[y]\" :: [{{x||y}}]\"r\"(a), "
             "[{{y||x}}]\"r\"(b)); }")
          .functionChanges(),
      "function body: f: body\n");
}

TEST(FindChanges, TextBesideAPositionMacroCounts) {
  EXPECT_EQ(Case().c("const char *f(void) { return \"{{a||b}} \" __FILE__; }").functionChanges(),
            "function body: f: body\n");
}

TEST(FindChanges, AttributeOfADeclarationMarksItsCallers) {
  for (const char *attribute : {"pure", "const", "cold", "returns_nonnull"})
    EXPECT_EQ(Case()
                  .c("{{||__attribute__((" + std::string(attribute) +
                     ")) }}extern char *g(int);\nint f(int a) { return !g(a); }")
                  .functionChanges(),
              "function body: f: a value or a layout that it depends on\n")
        << attribute;
}

TEST(FindChanges, AnotherSymbolNameMarksItsUsers) {
  EXPECT_EQ(Case()
                .c("extern int g(int) asm(\"{{one||two}}\");\nint f(int a) { return g(a); }")
                .functionChanges(),
            "function body: f: a value or a layout that it depends on\n");
}

TEST(FindChanges, RefusesAnAliasOfAnotherFunction) {
  EXPECT_EQ(Case()
                .c("void one(void) {}\nvoid two(void) {}\n"
                   "void f(void) __attribute__((alias(\"{{one||two}}\")));\n")
                .refusals(),
            "assembly-file x.c:3 \n");
}

TEST(FindChanges, MemberOfAUnionThatIsInitialised) {
  EXPECT_EQ(Case()
                .c("union u { int a; int b; char c; };\n"
                   "int f(void) { union u u = { .{{a||b}} = 1 }; return u.c; }")
                .functionChanges(),
            "function body: f: body\n");
}

TEST(FindChanges, FindsAChangedLoopLabelAndSwitch) {
  EXPECT_EQ(Case()
                .c("int f(int a) { switch (a) { case {{1||2}}: return 3; } return 4; }")
                .functionChanges(),
            "function body: f: body\n");
  EXPECT_EQ(
      Case().c("int f(int a) { if (a) goto {{x||y}}; x: a++; y: return a; }").functionChanges(),
      "function body: f: body\n");
  EXPECT_EQ(Case().c("int f(int a) { while (a{{--||}}) a--; return a; }").functionChanges(),
            "function body: f: body\n");
}

TEST(FindChanges, RefusesAChangedInitialValueOfLiveData) {
  EXPECT_EQ(Case().c("int limit = {{1||2}};\nint f(void) { return limit; }").dump(),
            "x.c:\n  x.c:1:5: variable initializer: limit: initial value\n"
            "refused: x.c:1:5: limit: the initial value of a variable changes, and the running "
            "target has long had its own\n"
            "  Set it from a load hook if the running value must change.\n");
}

TEST(FindChanges, InitialValueInABootSectionIsNotRefused) {
  EXPECT_EQ(Case().c("int limit __attribute__((section(\".init.data\"))) = {{1||2}};\n").dump(),
            "x.c:\n  x.c:1:5: variable initializer: limit: initial value\n");
}

TEST(FindChanges, FindsAChangedConstant) {
  EXPECT_EQ(Case()
                .c("static const int table[2] = { 1, {{2||3}} };\n"
                   "int f(int a) { return table[a]; }")
                .dump(),
            "x.c:\n  x.c:1:18: constant value: table: initial value\n");
}

TEST(FindChanges, ConstantsValueMarksItsUsersInCxx) {
  EXPECT_EQ(
      Case().cxx("constexpr int limit = {{1||2}};\nint f() { return limit; }").functionChanges(),
      "function body: f: a value or a layout that it depends on\n");
}

TEST(FindChanges, FindsStaticLocalsByFunction) {
  EXPECT_EQ(
      Case()
          .c("int f(void)\n{\n  static int once{{||, twice}};\n  return once++{{|| + twice}};\n}")
          .dump(),
      "x.c:\n  x.c:3: function body: f: body\n"
      "  x.c:3:20: variable added: f::twice [f.twice]: new\n");
}

TEST(FindChanges, RefusesAnotherTypeOfLiveData) {
  EXPECT_EQ(Case().c("{{int||long}} limit;").refusals(), "type-of-live-data-changed x.c:1 limit\n");
  EXPECT_EQ(Case().c("int limit[{{2||3}}];").refusals(), "type-of-live-data-changed x.c:1 limit\n");
}

TEST(FindChanges, NewDataIsNotRefused) {
  EXPECT_EQ(Case().c("int a;{{|| int b = 4;}}").dump(),
            "x.c:\n  x.c:1:12: variable added: b: new\n");
}

TEST(FindChanges, RefusesANewVariableThatTakesCodeToMake) {
  EXPECT_EQ(Case().cxx("int g();{{|| int b = g();}}").refusals(), "global-constructor x.cpp:1 b\n");
}

TEST(FindChanges, RefusesAssemblyOutsideFunctions) {
  EXPECT_EQ(Case().c("asm(\"{{nop||hlt}}\");\nint a;").refusals(), "assembly-file x.c:1 \n");
}

TEST(FindChanges, AssemblersOwnDefinitionsAreNoCode) {
  EXPECT_EQ(Case().c("{{||asm(\".equ FEATURE, 4\");}}\nint a;").refusals(), "");
}

TEST(FindChanges, TimeOfTheRunIsNoChange) {
  EXPECT_EQ(Case().c("const char *f(void) { return __DATE__ __TIME__; }{{||\nint n;}}").dump(),
            "x.c:\n  x.c:2:5: variable added: n: new\n");
}

TEST(FindChanges, ConstantNamesTheFunctionsThatUseIt) {
  auto changes = Case()
                     .c("static const int limit = {{1||2}};\nint f(void) { return limit; }\n"
                        "int g(void) { return 0; }\nint h(int a) { return a < limit; }\n")
                     .run();
  ASSERT_TRUE(static_cast<bool>(changes));
  EXPECT_EQ(changes->units.at(0).changes.at(0).users, (std::vector<std::string>{"f", "h"}));
}

TEST(FindChanges, ReportsWhatDoesNotCompileAsTheUserKnowsIt) {
  EXPECT_EQ(Case().c("int f(void)\n{\n  return {{0||nothing}};\n}").dump(),
            "error: x.c:3:10: error: use of undeclared identifier 'nothing'\n");
}

TEST(FindChanges, ReportsABrokenHeaderOnceAndByItsName) {
  EXPECT_EQ(Case()
                .header("sub/x.h", "{{||\nint f(;\n}}")
                .c("#include \"sub/x.h\"\nint g;\n")
                .unit("y.c", "#include \"sub/x.h\"\nint h;\n")
                .dump(),
            "error: sub/x.h:2:7: error: expected parameter declarator\n"
            "sub/x.h:2:7: error: expected ')'\n"
            "sub/x.h:2:6: note: to match this '('\n");
}

TEST(FindChanges, SaysThatTheBaseDoesNotCompile) {
  EXPECT_EQ(Case().c("int f(void) { return {{nothing||0}}; }").dump(),
            "error: without the diff, the source does not compile:\n"
            "x.c:1:22: error: use of undeclared identifier 'nothing'\n");
}

} // namespace
} // namespace suture::builder
