// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/testing/case.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

using testing_support::Case;

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

TEST(FindChangesCxx, StaticLocalHasItsMangledName) {
  EXPECT_EQ(Case().cxx("int f() { static int n = {{1||2}}; return n++; }").dump(),
            "x.cpp:\n"
            "  x.cpp:1:22: variable initializer: f::n [_ZZ1fvE1n]: initial value\n"
            "refused: x.cpp:1:22: f::n: the initial value of a variable changes, and the running "
            "target has long had its own\n"
            "  Set it from a load hook if the running value must change.\n");
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
