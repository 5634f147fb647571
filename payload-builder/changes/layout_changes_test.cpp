// SPDX-License-Identifier: Apache-2.0
// Records whose layout, or vtable, changes.
#include "payload-builder/changes/testing/case.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

using testing_support::Case;

TEST(CompareLayouts, ReportsALayoutWithEveryFieldAndItsUsers) {
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

TEST(CompareLayouts, CountsUsersOfALayoutWithoutComparingEachUnit) {
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

TEST(CompareLayouts, UnitsThatDoNotUseALayoutAreStillCompared) {
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

TEST(CompareLayouts, TypeOfNewCodeAloneIsHarmless) {
  EXPECT_EQ(Case()
                .c("struct s { int a; {{||int b;}} };\n"
                   "{{||int f(struct s *s) { return s->b; }\n}}"
                   "int g(void) { return 0; }\n")
                .refusals(),
            "");
}

TEST(CompareLayouts, TypeThatReplacedCodeBeginsToUseIsHarmless) {
  EXPECT_EQ(Case()
                .c("struct s { int a; {{||int b;}} };\n"
                   "int f(int a) { {{||struct s s = { a, 2 }; return s.b; }}return a; }\n")
                .refusals(),
            "");
}

TEST(CompareLayouts, TypeInsideAnotherThatIsUsedIsNot) {
  EXPECT_EQ(Case()
                .c("struct in { char a; {{||char b;}} };\n"
                   "union out { struct in in[2]; long all; };\n"
                   "long f(union out *o) { return o->all; }\n"
                   "{{||char g(union out *o) { return o->in[0].b; }}}\n")
                .refusals(),
            "layout-changed x.c:1 struct in\nlayout-changed x.c:2 union out\n");
}

TEST(CompareLayouts, MemberRenamedInPlaceIsNoLayoutChange) {
  EXPECT_EQ(Case()
                .c("struct s { int {{a||b}}; };\nint f(struct s *s) { return s->{{a||b}}; }")
                .refusals(),
            "");
}

TEST(CompareLayouts, MembersThatChangePlacesAreALayoutChange) {
  EXPECT_EQ(
      Case().c("struct s { int {{a, b||b, a}}; };\nint f(struct s *s) { return s->a; }").refusals(),
      "layout-changed x.c:1 struct s\n");
}

TEST(CompareLayouts, AMemberThatBecomesAPointerIsALayoutChange) {
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

TEST(CompareLayoutsCxx, RefusesAnAddedVirtualFunction) {
  EXPECT_EQ(Case()
                .cxx("struct S { virtual int a(); {{||virtual int n(); }}virtual int b(); };\n"
                     "int S::a() { return 0; }\nint f(S *s) { return s->b(); }\n")
                .refusals(),
            "vtable-layout-changed x.cpp:1 S\n");
}

TEST(CompareLayoutsCxx, VirtualsPlaceMarksItsCallers) {
  EXPECT_EQ(Case()
                .cxx("struct S { {{||virtual int n(); }}virtual int b(); };\n"
                     "int f(S *s) { return s->b(); }\n")
                .functionChanges(),
            "function body: f: layout of S\n");
}

TEST(CompareLayoutsCxx, BaseClassesHaveNoNamesThatCouldChangePlaces) {
  EXPECT_EQ(Case()
                .cxx("struct a { int x; };\nstruct b { int y; };\n"
                     "struct s : a, b { int {{m||n}}; };\nint f(s *s) { return s->{{m||n}}; }")
                .refusals(),
            "");
}

TEST(CompareLayoutsCxx, BaseClassIsPartOfTheLayout) {
  EXPECT_EQ(Case()
                .cxx("struct A { int a; {{||int n;}} };\nstruct B : A { int b; };\n"
                     "int f(B *b) { return b->b; }\n")
                .refusals(),
            "layout-changed x.cpp:1 A\nlayout-changed x.cpp:2 B\n");
}

} // namespace
} // namespace suture::builder
