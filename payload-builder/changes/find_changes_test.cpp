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

TEST(FindChanges, ReportsALayoutWithEveryFieldAndItsUsers) {
  EXPECT_EQ(Case()
                .c("struct s { char a; {{||short n; }}struct { int b; } ; int c : 3; };\n"
                   "int f(struct s *s) { return s->c; }\n"
                   "int g(struct s *s) { return !s; }\n"
                   "int h(struct s *s) { return s->a; }\n")
                .dump(),
            "layout of struct s: 12 -> 12 bytes, 2 functions in 1 units\n"
            "  before:\n    0:8 char a\n    32:32 int b\n    64:3 int c\n"
            "  after:\n    0:8 char a\n    16:16 short n\n    32:32 int b\n    64:3 int c\n"
            "x.c: left out: only types change, and no code depends on it\n"
            "refused: x.c:1:8: struct s: its layout changes (12 -> 12 bytes), and objects that "
            "exist have the old one; 2 functions in 1 units depend on it\n"
            "  Keep the type as it is; put what is new into a variable of its own.\n");
}

TEST(FindChanges, CountsUsersOfALayoutWithoutComparingEachUnit) {
  const std::string use = "#include \"h.h\"\n";
  EXPECT_EQ(Case()
                .header("h.h", "struct s { int a; {{||int b;}} };\n")
                .unit("a.c", use + "int f(struct s *s) { return s->a; }\n")
                .unit("b.c", use + "int g(struct s *s) { return !s; }\n")
                .unit("c.c", use + "int h(struct s *s) { return s->a; }\n")
                .unit("d.c", use + "int i(struct s *s) { return s[1].a; }\n")
                .many(2)
                .dump(),
            "layout of struct s: 4 -> 8 bytes, 3 functions in 3 units\n"
            "  before:\n    0:32 int a\n  after:\n    0:32 int a\n    32:32 int b\n"
            "a.c: left out: only types change, and no code depends on it\n"
            "b.c: left out: asked for its use of struct s alone, whose layout changes\n"
            "c.c: left out: asked for its use of struct s alone, whose layout changes\n"
            "d.c: left out: asked for its use of struct s alone, whose layout changes\n"
            "refused: h.h:1:8: struct s: its layout changes (4 -> 8 bytes), and objects that exist "
            "have the old one; 3 functions in 3 units depend on it\n"
            "  Keep the type as it is; put what is new into a variable of its own.\n");
}

TEST(FindChanges, UnitsThatDoNotUseALayoutAreStillCompared) {
  const std::string use = "#include \"h.h\"\n";
  EXPECT_EQ(Case()
                .header("h.h", "struct s { int a; {{||int b;}} };\n"
                               "static inline int n(void) { return {{1||2}}; }\n")
                .unit("a.c", use + "int f(struct s *s) { return !s; }\n")
                .unit("b.c", use + "int g(void) { return 0; }\n")
                .unit("c.c", use + "int h(void) { return n(); }\n")
                .many(2)
                .functionChanges(),
            "function body: n: body\n");
}

TEST(FindChanges, TypeOfNewCodeAloneIsHarmless) {
  EXPECT_EQ(Case()
                .c("struct s { int a; {{||int b;}} };\n"
                   "{{||int f(struct s *s) { return s->b; }\n}}"
                   "int g(void) { return 0; }\n")
                .refusals(),
            "");
}

TEST(FindChanges, TypeThatReplacedCodeBeginsToUseIsHarmless) {
  EXPECT_EQ(Case()
                .c("struct s { int a; {{||int b;}} };\n"
                   "int f(int a) { {{||struct s s = { a, 2 }; return s.b; }}return a; }\n")
                .refusals(),
            "");
}

TEST(FindChanges, TypeInsideAnotherThatIsUsedIsNot) {
  EXPECT_EQ(Case()
                .c("struct in { char a; {{||char b;}} };\n"
                   "union out { struct in in[2]; long all; };\n"
                   "long f(union out *o) { return o->all; }\n"
                   "{{||char g(union out *o) { return o->in[0].b; }}}\n")
                .refusals(),
            "layout-changed x.c:1 struct in\nlayout-changed x.c:2 union out\n");
}

TEST(FindChanges, MemberRenamedInPlaceIsNoLayoutChange) {
  EXPECT_EQ(Case()
                .c("struct s { int {{a||b}}; };\nint f(struct s *s) { return s->{{a||b}}; }")
                .refusals(),
            "");
}

TEST(FindChanges, MembersThatChangePlacesAreALayoutChange) {
  EXPECT_EQ(
      Case().c("struct s { int {{a, b||b, a}}; };\nint f(struct s *s) { return s->a; }").refusals(),
      "layout-changed x.c:1 struct s\n");
}

TEST(FindChanges, AMemberThatBecomesAPointerIsALayoutChange) {
  EXPECT_EQ(Case()
                .c("struct s { {{long||char *}} a; };\nint f(struct s *s) { return s->a != 0; }")
                .refusals(),
            "layout-changed x.c:1 struct s\n");
  EXPECT_EQ(Case()
                .c("typedef char *t;\nstruct s { {{t||char *}} a; unsigned {{||int}} b; };\n"
                   "int f(struct s *s) { return s->a != 0; }")
                .refusals(),
            "");
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

// Addresses that outlive the payload.

TEST(FindEscapes, CallbackThatIsRegistered) {
  EXPECT_EQ(Case()
                .c("void init_timer(void (*)(void *), void *);\n"
                   "{{||static void tick(void *d) {}\n}}"
                   "void start(void *d) { {{||init_timer(tick, d);}} }\n")
                .escapes(),
            "x.c:3:34: the address of tick is passed to init_timer by start\n");
}

TEST(FindEscapes, FunctionOfTheTargetIsNone) {
  EXPECT_EQ(Case()
                .c("void init_timer(void (*)(void *), void *);\n"
                   "static void tick(void *d) {}\n"
                   "void *p = tick;\n"
                   "void start(void *d) { {{||init_timer(tick, d);}} }\n")
                .escapes(),
            "");
}

TEST(FindEscapes, TableOfFunctionsThatIsStored) {
  EXPECT_EQ(
      Case()
          .c("struct ops { int (*read)(int); };\nstruct device { const struct ops *ops; };\n"
             "{{||static int mine(int a) { return a; }\n"
             "static const struct ops table = { mine };\n}}"
             "void open(struct device *d) { {{||const struct ops *o = &table; d->ops = o;}} }\n")
          .escapes(),
      "x.c:5:70: the address of table is stored in d->ops by open\n");
}

TEST(FindEscapes, ChangedTableInAnUnchangedFunction) {
  EXPECT_EQ(Case()
                .c("struct device { const int *sizes; };\n"
                   "static const int sizes[2] = { 1, {{2||3}} };\n"
                   "void open(struct device *d) { d->sizes = sizes; }\n")
                .escapes(),
            "x.c:3:42: the address of sizes is stored in d->sizes by open\n");
}

TEST(FindEscapes, StringCountsWhereItIsStored) {
  EXPECT_EQ(Case()
                .c("void print(const char *);\nstruct device { const char *name; };\n"
                   "void open(struct device *d) { {{||print(\"a\"); d->name = \"b\";}} }\n")
                .escapes(),
            "x.c:3:53: the address of a string is stored in d->name by open\n");
}

TEST(FindEscapes, WhatInlineFunctionsDoWithAnAddressIsLookedAt) {
  EXPECT_EQ(Case()
                .c("struct list { struct list *next; };\n"
                   "static inline void inc(int *n) { ++*n; }\n"
                   "static inline void add(struct list *a, struct list *b) { b->next = a; }\n"
                   "struct list head;\n"
                   "{{||static int count;\nstatic struct list entry;\n}}"
                   "void f(void) { {{||inc(&count); add(&entry, &head);}} }\n")
                .escapes(),
            "x.c:7:33: the address of entry is passed to add by f\n");
}

TEST(FindEscapes, UseWithinThePayloadIsNone) {
  EXPECT_EQ(Case()
                .c("{{||static int one(int a) { return a; }\nstatic int two(int a) { return -a; }\n"
                   "static int (*chosen)(int);\n}}"
                   "int f(int a) { {{||int (*g)(int) = a ? one : two; chosen = one; return g(a); }}"
                   "return 0; }\n")
                .escapes(),
            "");
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

// C++.

TEST(FindChangesCxx, TemplateChangeNamesItsInstantiations) {
  EXPECT_EQ(Case()
                .cxx("template <typename T> T twice(T a) { return a {{+||*}} 2; }\n"
                     "int f(int a) { return twice(a); }\nlong g(long a) { return twice(a); }\n")
                .functionChanges(),
            "function body: twice<int>: body\nfunction body: twice<long>: body\n");
}

TEST(FindChangesCxx, MemberOfAClassTemplate) {
  EXPECT_EQ(
      Case()
          .cxx("template <typename T> struct Box { T v; T get() const { return v{{|| + 1}}; } };\n"
               "int f(Box<int> b) { return b.get(); }\n")
          .functionChanges(),
      "function body: Box<int>::get: body\n");
}

TEST(FindChangesCxx, ConstructorsHaveAllTheirSymbols) {
  EXPECT_EQ(Case().cxx("struct S { S(); int a; };\nS::S() : a({{1||2}}) {}\n").dump(),
            "x.cpp:\n"
            "  x.cpp:2:4: function body: S::S [_ZN1SC1Ev]: body\n"
            "  x.cpp:2:4: function body: S::S [_ZN1SC2Ev]: body\n");
}

TEST(FindChangesCxx, DestructorIsReachedThroughAnObject) {
  EXPECT_EQ(Case()
                .cxx("void g();\nstruct S { ~S() { {{||g();}} } };\nvoid f() { S s; }\n")
                .functionChanges(),
            "function body: S::~S: body\nfunction body: S::~S: body\n");
}

TEST(FindChangesCxx, LambdaIsAFunctionOfItsOwn) {
  EXPECT_EQ(Case()
                .cxx("int f(int a) { auto g = [](int b) { return b + {{1||2}}; }; return g(a); }\n")
                .functionChanges(),
            "function body: f(int)::(anonymous class)::operator(): body\n");
}

TEST(FindChangesCxx, LambdasCaptureIsItsFunctionsChange) {
  EXPECT_EQ(
      Case()
          .cxx("int f(int a, int b) { auto g = [{{a||b}}] { return {{a||b}}; }; return g(); }\n")
          .functionChanges(),
      "function body: f: body\n");
}

TEST(FindChangesCxx, RefusesALambdaThatTakesOverTheNameOfAnother) {
  EXPECT_EQ(Case()
                .cxx("using F = int (*)(int);\n"
                     "F f(int a) { {{||if (a) return [](int b) { return b * 5; };}}\n"
                     "  return [](int b) { return b + 3; }; }\n")
                .refusals(),
            "ambiguous-target-symbol x.cpp:2 f(int)::(anonymous class)::operator()\n");
  EXPECT_EQ(Case()
                .cxx("using F = int (*)(int);\n"
                     "F f(int a) { if (!a) return [](int b) { return b + 3; };\n"
                     "  return {{nullptr||[](int b) { return b * 5; }}}; }\n")
                .refusals(),
            "");
}

TEST(FindChangesCxx, ConstexprFunctionsValueMarksItsCallers) {
  EXPECT_EQ(Case()
                .cxx("constexpr int limit() { return {{4||8}}; }\n"
                     "int f(int a) { return a < limit(); }\n")
                .functionChanges(),
            "function body: limit: body\n"
            "function body: f: a value or a layout that it depends on\n");
}

TEST(FindChangesCxx, RefusesAnAddedVirtualFunction) {
  EXPECT_EQ(Case()
                .cxx("struct S { virtual int a(); {{||virtual int n(); }}virtual int b(); };\n"
                     "int S::a() { return 0; }\nint f(S *s) { return s->b(); }\n")
                .refusals(),
            "vtable-layout-changed x.cpp:1 S\n");
}

TEST(FindChangesCxx, VirtualsPlaceMarksItsCallers) {
  EXPECT_EQ(Case()
                .cxx("struct S { {{||virtual int n(); }}virtual int b(); };\n"
                     "int f(S *s) { return s->b(); }\n")
                .functionChanges(),
            "function body: f: layout of S\n");
}

TEST(FindChangesCxx, StaticLocalHasItsMangledName) {
  EXPECT_EQ(Case().cxx("int f() { static int n = {{1||2}}; return n++; }").dump(),
            "x.cpp:\n"
            "  x.cpp:1:22: variable initializer: f::n [_ZZ1fvE1n]: initial value\n"
            "refused: x.cpp:1:22: f::n: the initial value of a variable changes, and the running "
            "target has long had its own\n"
            "  Set it from a load hook if the running value must change.\n");
}

TEST(FindChangesCxx, BaseClassesHaveNoNamesThatCouldChangePlaces) {
  EXPECT_EQ(Case()
                .cxx("struct a { int x; };\nstruct b { int y; };\n"
                     "struct s : a, b { int {{m||n}}; };\nint f(s *s) { return s->{{m||n}}; }")
                .refusals(),
            "");
}

TEST(FindChangesCxx, BaseClassIsPartOfTheLayout) {
  EXPECT_EQ(Case()
                .cxx("struct A { int a; {{||int n;}} };\nstruct B : A { int b; };\n"
                     "int f(B *b) { return b->b; }\n")
                .refusals(),
            "layout-changed x.cpp:1 A\nlayout-changed x.cpp:2 B\n");
}

TEST(FindChangesCxx, DefaultArgumentChangesItsCallers) {
  EXPECT_EQ(Case().cxx("int g(int a = {{1||2}});\nint f() { return g(); }").functionChanges(),
            "function body: f: body\n");
}

TEST(FindChangesCxx, MovingAFunctionWithinItsFileIsNoChange) {
  EXPECT_EQ(Case()
                .cxx("{{int f(int a) { return a; }||}}\nint g() { return 2; }\n"
                     "{{||int f(int a) { return a; }}}\n")
                .dump(),
            "x.cpp: left out: nothing that its object has changes in meaning\n");
}

} // namespace
} // namespace suture::builder
