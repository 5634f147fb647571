// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/reached_names.h"

#include "payload-builder/units/testing/changed_header.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

/// y.h, which is not changed, has something of x.h.
class ReachedNames : public testing::Test, protected ChangedHeader {
protected:
  void SetUp() override { others(4); }

  void header(const std::string &x, const std::string &patched, const std::string &y) {
    ChangedHeader::header(x, patched, "#include \"x.h\"\n" + y);
  }
};

TEST_F(ReachedNames, InlineFunctionOfAnotherHeaderPassesItOn) {
  header("static inline int f(void) { return 1; }\n", "static inline int f(void) { return 2; }\n",
         "static inline int g(void) { return f(); }\nstatic inline int g2(void) { return g(); }\n");
  unit("a.c", "int a(void) { return g2(); }\n");
  unit("b.c", "int b(void) { return f(); }\n");
  EXPECT_EQ(kept(), "a.c b.c ");
}

TEST_F(ReachedNames, MacroPassesItOn) {
  header("static inline int f(void) { return 1; }\n", "static inline int f(void) { return 2; }\n",
         "#define F() \\\n  f()\n#define G F\n");
  unit("a.c", "int a(void) { return G(); }\n");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(ReachedNames, PointerMemberIsReachedByItsName) {
  header("struct s { int lock; };\n", "struct s { int more, lock; };\n",
         "struct t {\n  struct s *part;\n  int lock;\n};\n");
  unit("a.c", "int a(struct t *t) { return t->part->lock; }\n");
  unit("b.c", "int b(struct t *t) { return t->lock; }\n");
  unit("c.c", "struct t c;\n");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(ReachedNames, MemberByValueReachesAllWhoUseTheRecord) {
  header("struct s { int lock; };\n", "struct s { int more, lock; };\n",
         "struct t { int first; struct s part; };\nstruct u { struct t t; };\n"
         "extern struct u us[];\nstatic inline struct u *second(void) { return &us[1]; }\n");
  unit("a.c", "int a(struct t *t) { return t[1].first; }\n");
  unit("b.c", "void *b(void) { return &us[1]; }\n");
  unit("c.c", "void *c(void) { return second(); }\n");
  EXPECT_EQ(kept(), "a.c b.c c.c ");
}

TEST_F(ReachedNames, MemberThroughAMacroReachesAllWhoUseTheRecord) {
  header("#define N 1\n", "#define N 2\n",
         "struct t { void *part[N]; int last; };\n"
         "typedef char array[N];\nstruct u { array *a; int b; };\n");
  unit("a.c", "int a(struct t *t) { return t->last; }\n");
  unit("b.c", "int b(struct u *u) { return u->b; }\n");
  EXPECT_EQ(kept(), "a.c b.c ");
}

TEST_F(ReachedNames, BranchThatIsNotTakenInTheUnitThatWasParsed) {
  const std::string y = "#ifdef A\nstatic inline int g(void) { return f(); }\n#endif\n";
  header("static inline int f(void) { return 1; }\n", "static inline int f(void) { return 2; }\n",
         y);
  unit("a.c", "int a(void) { return g(); }\n", "-DA");
  EXPECT_EQ(kept(), "1.c 2.c 3.c 4.c a.c ");
}

TEST_F(ReachedNames, MemberOfABranchThatIsNotTaken) {
  header("struct s { int a; };\n", "struct s { int a, b; };\n",
         "struct t {\n#ifdef A\n  struct s part;\n#else\n  struct s *part;\n#endif\n  int "
         "last;\n};\n");
  unit("a.c", "int a(struct t *t) { return t->last; }\n", "-DA");
  EXPECT_EQ(kept(), "1.c 2.c 3.c 4.c a.c ");
}

TEST_F(ReachedNames, EnumeratorInASizeAndACondition) {
  header("enum e { A, N };\n", "enum e { A, B, N };\n",
         "struct t { int a[N]; int last; };\nstatic inline int g(int i) { return i < N; }\n");
  unit("a.c", "int a(struct t *t) { return t->last; }\n");
  unit("b.c", "int b(int i) { return g(i); }\n");
  EXPECT_EQ(kept(), "a.c b.c ");
}

TEST_F(ReachedNames, DefinitionThatNeedsNoMention) {
  header("static inline int f(void) { return 1; }\n", "static inline int f(void) { return 2; }\n",
         "int (*const table)(void) = f;\n");
  EXPECT_EQ(kept(), "1.c 2.c 3.c 4.c ");
}

TEST_F(ReachedNames, TypeThatIsNamedTwice) {
  header("typedef struct s {\n  int a;\n}\nt;\n", "typedef struct s {\n  int a, b;\n}\nt;\n", "");
  unit("a.c", "unsigned long a = sizeof(struct s);\n");
  unit("b.c", "unsigned long b = sizeof(t);\n");
  EXPECT_EQ(kept(), "a.c b.c ");
}

TEST_F(ReachedNames, TypeWithoutATagAndVariableWithAType) {
  header("typedef struct {\n  int a;\n}\nt;\nextern struct u { int a; } *us;\n",
         "typedef struct {\n  int a, b;\n}\nt;\nextern struct u { int a, b; } *us;\n",
         "struct v { t *t; };\n");
  unit("a.c", "unsigned long a = sizeof(t);\n");
  unit("b.c", "void *b(void) { return us + 1; }\n");
  unit("c.c", "unsigned long c = sizeof(struct u);\n");
  EXPECT_EQ(kept(), "a.c b.c c.c ");
}

TEST_F(ReachedNames, MacroOfTheCommandLineCounts) {
  header("static inline int f(void) { return 1; }\n", "static inline int f(void) { return 2; }\n",
         "");
  unit("a.c", "int a(void) { return CALL; }\n", "-DCALL='f()'");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(ReachedNames, NameOfAnIncludedFileIsNoMention) {
  header("static inline int y(void) { return 1; }\n", "static inline int y(void) { return 2; }\n",
         "");
  unit("a.c", "int a(void) { return y(); }\n");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(ReachedNames, FunctionThatAMacroMakesPassesItOn) {
  header("static inline int f(void) { return 1; }\n", "static inline int f(void) { return 2; }\n",
         "#define MAKE(name) static inline int name##_of_f(void) { return f(); }\nMAKE(g);\n");
  unit("a.c", "int a(void) { return g_of_f(); }\n");
  unit("b.c", "int b;\n");
  unit("c.c", "MAKE(c)\n");
  EXPECT_EQ(kept(), "a.c c.c ");
}

TEST_F(ReachedNames, NameThatAnotherInlineFunctionPutsTogether) {
  header("static inline int f(void) { return 1; }\n", "static inline int f(void) { return 2; }\n",
         "#define MAKE(name) static inline int name##_of_f(void) { return f(); }\nMAKE(g);\n"
         "#define CALL(name) name##_of_f()\n"
         "static inline int h(void) {\n  return CALL(g);\n}\n");
  unit("a.c", "int a(void) { return h(); }\n");
  unit("b.c", "int b(void) { return CALL(g); }\n");
  unit("c.c", "int c;\n");
  EXPECT_EQ(kept(), "a.c b.c ");
}

TEST_F(ReachedNames, ConditionAmongTheNamesOfAFunctionIsWatched) {
  header("static inline int f(void) { return 1; }\n", "static inline int f(void) { return 2; }\n",
         "static inline int\n#ifdef A\ng1\n#else\ng2\n#endif\n(void) { return f(); }\n");
  unit("a.c", "int a(void) { return g1(); }\n", "-DA");
  unit("b.c", "int b(void) { return g2(); }\n");
  unit("c.c", "int c;\n");
  EXPECT_EQ(kept(), "a.c b.c ");
}

TEST_F(ReachedNames, NameThatAMacroMakesIsNotReliedOn) {
  header(
      "static inline int f(void) { return 1; }\n", "static inline int f(void) { return 2; }\n",
      "#ifndef P\n#define P one_\n#endif\n#define CAT2(a, b) a##b\n#define CAT(a, b) CAT2(a, b)\n"
      "static inline int CAT(P, g)(void) { return f(); }\n");
  unit("a.c", "int a(void) { return two_g(); }\n", "-DP=two_");
  EXPECT_EQ(kept(), "a.c ");
}

} // namespace
} // namespace suture::builder
