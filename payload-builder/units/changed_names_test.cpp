// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/changed_names.h"

#include "payload-builder/units/testing/changed_header.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

/// Names of units that are kept.
class NamesOfChanges : public testing::Test, protected ChangedHeader {
protected:
  void SetUp() override { others(2); }

  void header(const std::string &x, const std::string &patched,
              const std::string &y = "#include \"x.h\"\n") {
    ChangedHeader::header(x, patched, y);
  }
};

TEST_F(NamesOfChanges, AreOfEnumeratorsThoseWithAnotherValue) {
  header("enum e {\n  A = 1,\n  B = 2,\n};\n", "enum e {\n  A = 1,\n  NEW = 7,\n  B = 2,\n};\n");
  unit("a.c", "int a = A;\nenum e e;\n");
  unit("b.c", "int b = NEW;\n");
  EXPECT_EQ(kept(), "b.c ");
}

TEST_F(NamesOfChanges, AreEnumeratorsThatAreNumberedAnew) {
  header("enum e {\n  A,\n  B,\n  C = 9,\n  D = B,\n};\n",
         "enum e {\n  A,\n  NEW,\n  B,\n  C = 9,\n  D = B,\n};\n");
  unit("a.c", "int a = A;\n");
  unit("b.c", "int b = B;\n");
  unit("c.c", "int c = C;\n");
  unit("d.c", "int d = D;\n");
  EXPECT_EQ(kept(), "b.c d.c ");
}

TEST_F(NamesOfChanges, AreEnumeratorsThatAreGone) {
  header("enum e {\n  A = 1,\n  B = 2,\n};\n", "enum e {\n  A = 1,\n};\n");
  unit("a.c", "int a = A;\n");
  unit("b.c", "#ifdef B\n#endif\n");
  EXPECT_EQ(kept(), "b.c ");
}

TEST_F(NamesOfChanges, AreAllOfAnEnumerationWhoseObjectsAreOtherIntegers) {
  header("enum e {\n  A = 1,\n};\n", "enum e {\n  A = 1,\n  NEW = -1,\n};\n");
  unit("a.c", "int a = A;\n");
  unit("b.c", "int b(enum e e) { return e > 0; }\n");
  EXPECT_EQ(kept(), "a.c b.c ");
}

TEST_F(NamesOfChanges, AreAllOfAnEnumerationWhoseValuesHangOnMoreThanNumbers) {
  header("enum e {\n  A = 1,\n};\n", "enum e {\n  A = 1,\n  NEW = sizeof(int),\n  B,\n};\n");
  unit("a.c", "int a = A;\n");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(NamesOfChanges, AreEnumeratorsInARecordThatHasConditions) {
  const std::string before =
      "struct s {\n#ifdef WIDE\n  long wide;\n#endif\n  enum {\n    A = 1,\n";
  const std::string after = "  } e;\n};\n";
  header(before + after, before + "    NEW = 2,\n" + after);
  unit("a.c", "int a(struct s *s) { return s->e == A; }\n");
  unit("b.c", "int b = NEW;\n");
  EXPECT_EQ(kept(), "b.c ");
}

TEST_F(NamesOfChanges, AreNotOfTheLineThatEndsAList) {
  header("struct s {\n  enum {\n    A = 1,\n  } e;\n};\n",
         "struct s {\n  enum {\n    A = 1,\n  NEW = 2 } e, f;\n};\n");
  unit("a.c", "int a(struct s *s) { return sizeof(*s); }\n");
  EXPECT_EQ(kept(), "a.c ");
}

class NamesOfAList : public NamesOfChanges {
protected:
  void list(const std::string &more = "") {
    header("ITEM(ONE, 1)\nITEM(TWO, 2)\n", "ITEM(ONE, 1)\nITEM(NEW, 7)\nITEM(TWO, 2)\n",
           "#ifdef ITEM\n#include \"x.h\"\n#else\n"
           "#define ITEM(name, value) ITEM_##name = value,\nenum {\n#include \"x.h\"\n};\n" +
               more + "#undef ITEM\n#endif\n");
  }
};

TEST_F(NamesOfAList, AreWhatAMacroMakesOfItsLines) {
  list();
  unit("a.c", "int a = ITEM_ONE;\n");
  unit("b.c", "int b = ITEM_NEW;\n");
  unit("c.c", "#define CAT(n) ITEM_##n\nint c = CAT(NEW);\n");
  EXPECT_EQ(kept(), "b.c c.c ");
}

TEST_F(NamesOfAList, AreOtherOnesWhereTheMacroIsAnotherOne) {
  list();
  unit("a.c", "enum {\n#define ITEM(name, value) name,\n#include \"y.h\"\n};\nint a = TWO;\n");
  unit("b.c", "#undef ITEM\n#define ITEM(name, value) , #name\n"
              "const char *names[] = { \"\"\n#include \"x.h\"\n};\n");
  unit("c.c", "int c;\n", "-DITEM=");
  EXPECT_EQ(kept(), "a.c b.c c.c ");
}

TEST_F(NamesOfAList, AreSymbolsOfTheAssembler) {
  list("#undef ITEM\n#define ITEM(name, value) asm(\".equ ITEM_\" #name \", \" #value);\n"
       "#include \"x.h\"\n");
  unit("a.c", "void a(void) { asm(\"mov $ITEM_ONE, %eax\"); }\n");
  unit("b.c", "void b(void) { asm(\"mov $ITEM_\" \"NEW, %eax\"); }\n");
  EXPECT_EQ(kept(), "b.c ");
}

TEST_F(NamesOfAList, AreNoneWhereALineIsCode) {
  list("#undef ITEM\n#define ITEM(name, value) int item_##name(void) { return value; }\n"
       "#include \"x.h\"\n");
  unit("a.c", "int a;\n");
  EXPECT_EQ(kept(), "1.c 2.c a.c ");
}

TEST_F(NamesOfChanges, AreNoneOfLinesThatNobodySees) {
  const std::string before = "#ifndef OTHER\nint f(void);\n#else\n", after = "#endif\n";
  header(before + after, before + "static inline int g(void) { return 1; }\n" + after);
  unit("a.c", "int a;\n");
  unit("b.c", "int b;\n", "-DOTHER");
  EXPECT_EQ(kept(), "b.c ");
}

TEST_F(NamesOfChanges, AreKnownWhereAFunctionGetsACondition) {
  header("static inline int f(int x) {\n  return x;\n}\n",
         "static inline int f(int x) {\n#ifdef HARD\n  x &= 1;\n#else\n  x &= 3;\n#endif\n"
         "  return x;\n}\n");
  unit("a.c", "int a(int x) { return f(x); }\n");
  unit("b.c", "int b;\n", "-DHARD");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(NamesOfChanges, AreNotKnownWhereAConditionDecidesAboutMoreThanOneDeclaration) {
  const std::string f = "static inline int f(void) {\n#define N 1\n  return N;\n}\n";
  header(f + "int g(void);\n", "#ifdef HARD\n" + f + "#endif\nint g(void);\n");
  unit("a.c", "int a;\n");
  EXPECT_EQ(kept(), "1.c 2.c a.c ");
  header(f, "static inline int f(void) {\n#ifndef HARD\n#define N 1\n#endif\n  return N;\n}\n");
  unit("b.c", "int b;\n", "-DHARD");
  EXPECT_EQ(kept(), "b.c ");
  header("int g(int a\n);\nint h(int b\n);\n",
         "int g(int a\n#ifndef HARD\n);\nint h(int b\n#endif\n);\n");
  EXPECT_EQ(kept(), "b.c ");
}

TEST_F(NamesOfChanges, AreNotKnownOfLinesThatOnlyTheTargetsCompilerReads) {
  const std::string before = "#ifdef __clang__\nint f(void);\n#else\n", after = "#endif\n";
  header(before + after, before + "static inline int g(void) { return 1; }\n" + after);
  unit("a.c", "#ifndef __clang__\nint a(void) { return g(); }\n#endif\n");
  EXPECT_EQ(kept(), "1.c 2.c a.c ");
}

TEST_F(NamesOfChanges, AreOfARecordWithConditionsThoseThatAllSee) {
  const auto record = [](const std::string &type) {
    return "struct s {\n#ifdef WIDE\n  " + type + " wide;\n#endif\n  " + type + " narrow;\n};\n";
  };
  header(record("int"), record("long"));
  unit("a.c", "int a;\n");
  unit("b.c", "struct s b;\n");
  unit("c.c", "int c;\n", "-DWIDE");
  EXPECT_EQ(kept(), "b.c c.c ");
}

TEST_F(NamesOfChanges, AreOfARecordThePointerThatTakesAnothersPlace) {
  header("struct s {\n  int n;\n  void (*call)(int);\n};\n",
         "struct s {\n  int n;\n  int (*call)(long);\n};\n");
  unit("a.c", "int a(struct s *s) { return s->n; }\n", "-fno-strict-aliasing");
  unit("b.c", "void b(struct s *s) { s->call(1); }\n", "-fno-strict-aliasing");
  for (const char *other : {"1.c", "2.c"})
    unit(other, "int one;\n", "-fno-strict-aliasing");
  EXPECT_EQ(kept(), "b.c ");
  // Else the compiler may rely on what the types say.
  for (const char *other : {"1.c", "2.c"})
    unit(other, "int one;\n");
  EXPECT_EQ(kept(), "a.c b.c ");
}

TEST_F(NamesOfChanges, AreAllOfARecordInWhichMoreThanPointersChanges) {
  for (const char *other : {"1.c", "2.c"})
    unit(other, "int one;\n", "-fno-strict-aliasing");
  unit("a.c", "struct s a = { 0, 0 };\n", "-fno-strict-aliasing");
  header("struct s {\n  int *p;\n  char *q;\n};\n", "struct s {\n  char *q;\n  int *p;\n};\n");
  EXPECT_EQ(kept(), "a.c ");
  header("struct s {\n  long p;\n  char *q;\n};\n", "struct s {\n  int *p;\n  char *q;\n};\n");
  EXPECT_EQ(kept(), "a.c ");
  header("struct s {\n  char *q;\n};\n", "struct s {\n  char *q;\n  int *p;\n};\n");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(NamesOfChanges, AreNoneOfARecordWithoutItsMembers) {
  const char *plain = "-fno-strict-aliasing";
  header("int f(void);\n", "struct s;\nstruct u;\nint f(struct u *u);\n",
         "#pragma GCC visibility push(hidden)\n#include \"x.h\"\n"
         "struct t {\n  struct s *s;\n};\nint one(struct s *s);\n");
  unit("a.c", "int a(struct t *t) { return one(t->s); }\n", plain);
  unit("b.c", "int b(void) { return f(0); }\n", plain);
  for (const char *other : {"1.c", "2.c"})
    unit(other, "int one(struct s *s) { return !s; }\n", plain);
  EXPECT_EQ(kept(), "b.c ");
  // An attribute says more than that there is one.
  header("int f(void);\n", "struct __attribute__((aligned(64))) s;\nint f(void);\n");
  unit("a.c", "struct s;\nint a(struct s *s) { return s != 0; }\n", plain);
  for (const char *other : {"1.c", "2.c"})
    unit(other, "int one;\n", plain);
  EXPECT_EQ(kept(), "a.c ");
  // A variable of it is something else.
  header("int f(void);\n", "extern struct s *v;\nint f(void);\n", "#include \"x.h\"\n");
  unit("a.c", "int a(void) { return v != 0; }\n", plain);
  EXPECT_EQ(kept(), "a.c ");
  // Else the compiler may rely on what the types say.
  header("int f(void);\n", "struct s;\nint f(void);\n", "#include \"x.h\"\n");
  unit("a.c", "struct s *a;\n");
  unit("b.c", "int b;\n");
  EXPECT_EQ(kept(), "a.c b.c ");
}

TEST_F(NamesOfChanges, AreOfEnumeratorsWithAnotherValueUnderAPragmaToo) {
  header("enum e {\n  A = 1,\n};\n", "enum e {\n  A = 1,\n  NEW = 7,\n};\n",
         "#pragma GCC visibility push(hidden)\n#include \"x.h\"\n");
  unit("a.c", "int a = A;\n");
  unit("b.c", "int b = NEW;\n");
  EXPECT_EQ(kept(), "b.c ");
}

TEST_F(NamesOfChanges, AreMoreInAnotherLanguage) {
  header("enum e {\n  A = 1,\n};\n", "enum e {\n  A = 1,\n  NEW = 7,\n};\n");
  unit("a.cpp", "int a(e *x) { return *x; }\n");
  EXPECT_EQ(kept(), "a.cpp ");
}

TEST_F(NamesOfChanges, AreOfAListOfOtherIntegersAllThatIsDeclaredWithIt) {
  header("typedef enum {\n  A = 1,\n} e_t;\nstruct s {\n  e_t e;\n};\n",
         "typedef enum {\n  A = 1,\n  NEW = -1,\n} e_t;\nstruct s {\n  e_t e;\n};\n");
  unit("a.c", "int a(e_t e) { return e > 0; }\n");
  unit("b.c", "int b(struct s *s) { return s->e > 0; }\n");
  unit("c.c", "int c;\n");
  EXPECT_EQ(kept(), "a.c b.c ");
}

TEST_F(NamesOfChanges, AreOfAListInARecordThatHasOtherIntegersAllOfTheRecord) {
  header("struct s {\n  enum {\n    A = 1,\n  } e;\n};\n",
         "struct s {\n  enum {\n    A = 1,\n    NEW = -1,\n  } e;\n};\n");
  unit("a.c", "int a(struct s *s) { return s->e > 0; }\n");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(NamesOfChanges, AreOtherEnumeratorsWhereAMacroGivesAnotherValue) {
  header("enum e {\n  A = 0,\n  B,\n};\n", "enum e {\n  A = SHIFT,\n  B,\n};\n",
         "#ifndef SHIFT\n#define SHIFT 0\n#endif\n#include \"x.h\"\n");
  unit("a.c", "int a = B;\n", "-DSHIFT=7");
  unit("b.c", "int b = B;\n");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(NamesOfChanges, AreAllWhereAnotherListGivesTheValue) {
  header("enum e {\n  A = 0,\n  B,\n};\n", "enum e {\n  A = SHIFT,\n  B,\n};\n",
         "#ifdef X\nenum { SHIFT = 7 };\n#else\nenum { SHIFT = 0 };\n#endif\n#include \"x.h\"\n");
  unit("a.c", "int a = B;\n", "-DX");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(NamesOfChanges, AreKnownWhereAnEnumeratorStandsBeforeTheBracket) {
  header("enum e {\n  A,\n  B } static const first = B;\nint f(void);\n",
         "enum e {\n  A,\n  NEW,\n  B } static const first = B;\nint f(void);\n");
  unit("a.c", "int a(void) { return first; }\n");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(NamesOfAList, AreNotKnownWhereAFunctionIncludesThem) {
  header("ITEM(ONE, 1)\nITEM(TWO, 2)\n", "ITEM(ONE, 1)\nITEM(NEW, 7)\nITEM(TWO, 2)\n",
         "#define ITEM(name, value) ITEM_##name = value,\nenum {\n#include \"x.h\"\n};\n"
         "#undef ITEM\n#define ITEM(name, value) + value\n"
         "static inline int sum(void)\n{\n  return 0\n#include \"x.h\"\n  ;\n}\n");
  unit("a.c", "int a(void) { return sum(); }\n");
  EXPECT_EQ(kept(), "1.c 2.c a.c ");
}

TEST_F(NamesOfAList, AreNotKnownWhereTheAssemblerPastes) {
  list("#undef ITEM\n#define ITEM(name, value) asm(\".equ ITEM_\" #name \", \" #value);\n"
       "#include \"x.h\"\n");
  unit("a.c", "asm(\".macro load item\\n mov $ITEM_\\\\item, %eax\\n .endm\");\n"
              "void a(void) { asm(\"load \" \"NEW\"); }\n");
  unit("b.c",
       "int NEW;\nvoid b(void) { asm(\".section .b,\" \"\\\"a\" \"\\\"\" \"\\n .previous\"); }\n");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(NamesOfChanges, AreOtherOnesWhereAMacroMakesAnotherName) {
  header("int LEVELS(walk)(void);\n", "long LEVELS(walk)(void);\n",
         "#ifndef LEVELS\n#define LEVELS(name) name##_2\n#endif\n#include \"x.h\"\n");
  unit("a.c", "int a(void) { return walk_2(); }\n");
  unit("b.c", "#define CALL(name, n) name##_##n()\nint b(void) { return CALL(walk, 3); }\n",
       "'-DLEVELS(name)=name##_3'");
  unit("c.c", "#define CALL(name, n) name##_##n()\nint c(void) { return CALL(walk, 2); }\n");
  EXPECT_EQ(kept(), "a.c b.c c.c ");
}

TEST_F(NamesOfChanges, AreNotOfADefinitionThatAMacroMakesStandAlone) {
  header("KIND int f(void) { return 1; }\n", "KIND int f(void) { return 2; }\n",
         "#ifndef KIND\n#define KIND static inline\n#endif\n#include \"x.h\"\n");
  unit("a.c", "int a;\n", "-DKIND=extern");
  unit("b.c", "int b;\n");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(NamesOfChanges, AreOtherOnesWhereAConditionChoosesTheHeadOfAFunction) {
  const auto text = [](const std::string &value) {
    return "#ifndef OTHER\nstatic inline int f(void) {\n#else\nstatic inline int g(void) {\n"
           "#endif\n  return " +
           value + ";\n}\n";
  };
  header(text("1"), text("2"));
  unit("a.c", "int a(void) { return g(); }\n", "-DOTHER");
  unit("b.c", "int b;\n");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(NamesOfChanges, AreNotKnownOfAHeaderThatOnlyTheTargetsCompilerReads) {
  const std::string before = "#if 1\nint f(void);\n", after = "#endif\n";
  header(before + after, before + "static inline int g(void) { return 1; }\n" + after,
         "#ifndef __clang__\n#include \"x.h\"\n#endif\n");
  unit("a.c", "int a;\n");
  EXPECT_EQ(kept(), "1.c 2.c a.c ");
}

TEST_F(NamesOfChanges, AreOtherOnesWhereACounterChoosesTheLines) {
  const std::string before = "#if __COUNTER__ == 1\nint f(void);\n", after = "#endif\n";
  header(before + after, before + "static inline int g(void) { return 1; }\n" + after,
         "#ifdef COUNTS\nenum { First = __COUNTER__ };\n#endif\n#include \"x.h\"\n");
  unit("a.c", "int a;\n", "-DCOUNTS");
  unit("b.c", "int b;\n");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(NamesOfChanges, AreOtherOnesWhereCodeRestoresAMacro) {
  const std::string before = "#ifdef HIDE\nint f(void);\n", after = "#endif\n";
  header(before + after, before + "static inline int g(void) { return 1; }\n" + after,
         "#ifndef NONE\n#include \"x.h\"\n#endif\n");
  file("z.h",
       "#define HIDE\n#define SAVE _Pragma(\"push_macro(\\\"HIDE\\\")\")\nSAVE\n#undef HIDE\n"
       "#define AGAIN _Pragma(\"pop_macro(\\\"HIDE\\\")\")\nAGAIN\n");
  unit("a.c", "#include \"z.h\"\n#undef NONE\n#include \"y.h\"\nint a;\n", "-DNONE");
  unit("b.c", "int b;\n");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(NamesOfChanges, AreFoundWhereAMacroAmongThemIsAsked) {
  header("struct s {\n#define PASTES 1\n  int a;\n};\n",
         "struct s {\n#define PASTES 1\n  long a;\n};\n");
  unit("a.c", "#if PASTES\n#define CAT(x) x##_tag\nstruct CAT(s) { int n; };\n"
              "#define CAT2(a, b) a##b\nint a = sizeof(struct CAT2(, s));\n#endif\n");
  EXPECT_EQ(kept(), "a.c ");
}

/// Of a struct with a changed pointer; types do not count when memory is accessed.
class NamesOfPointers : public NamesOfChanges {
protected:
  void SetUp() override {
    NamesOfChanges::SetUp();
    for (const char *other : {"1.c", "2.c"})
      user(other, "int one;\n");
  }
  void user(const std::string &path, const std::string &text) {
    unit(path, text, "-fno-strict-aliasing");
  }
  std::string keptOf(const std::string &before, const std::string &after) {
    header("struct s {\n  int n;\n" + before + "\n};\n",
           "struct s {\n  int n;\n" + after + "\n};\n");
    user("a.c", "int a(struct s *s) { return s->n; }\n");
    return kept();
  }
};

TEST_F(NamesOfPointers, AreTheirsInUnitsThatDoNotCareForTypes) {
  header("struct s {\n  int n;\n  int *p;\n};\n", "struct s {\n  int n;\n  char *p;\n};\n");
  user("a.c", "int a(struct s *s) { return s->n; }\n");
  unit("b.c", "int b(struct s *s) { return s->n; }\n", "-fno-strict-aliasing -fstrict-aliasing");
  user("c.c", "#define FIELD(s, a, b) (s)->a##b\nint FIELD_P; int c(struct s *s) "
              "{ return FIELD(s, , p) != 0; }\n");
  user("d.c", "int d[__builtin_offsetof(struct s, p)];\n");
  user("e.c", "struct s e = { 1, 0 };\n");
  user("f.c", "struct s f = { .p = 0 };\n");
  EXPECT_EQ(kept(), "b.c c.c d.c f.c ");
}

TEST_F(NamesOfPointers, AreTheirsInsideOfOtherRecords) {
  EXPECT_EQ(keptOf("  union {\n    int *p;\n    long l;\n  };",
                   "  union {\n    char *p;\n    long l;\n  };"),
            "");
  EXPECT_EQ(keptOf("  struct {\n    void (*p)(int,\n      int);\n  } in;",
                   "  struct {\n    void (*p)(int,\n      long);\n  } in;"),
            "");
}

TEST_F(NamesOfPointers, AreAllNamesWherePartsMove) {
  EXPECT_EQ(keptOf("  union {\n    int *p;\n    struct {\n      int a;\n    } in;\n  };",
                   "  union {\n    struct {\n      int *p;\n      int a;\n    } in;\n  };"),
            "a.c ");
  EXPECT_EQ(keptOf("  int *p; int : 3;\n  int b : 2;", "  char *p; int : 5;\n  int b : 2;"),
            "a.c ");
  EXPECT_EQ(keptOf("  int *p; enum { A = 1 } e;", "  char *p; enum { A = 2 } e;"), "a.c ");
}

TEST_F(NamesOfPointers, AreAllNamesWhereThePointerIsNoPlainOne) {
  EXPECT_EQ(
      keptOf("  int *p __attribute__((aligned(16)));", "  int *p __attribute__((aligned(64)));"),
      "a.c ");
  EXPECT_EQ(keptOf("  int *p;", "  int *volatile p;"), "a.c ");
  EXPECT_EQ(keptOf("  int *p;", "  int *p, *q;"), "a.c ");
  EXPECT_EQ(keptOf("  int *p;", "  int *p[2];"), "a.c ");
  EXPECT_EQ(keptOf("  int *p;", "  __typeof__(char *) p;"), "a.c ");
}

TEST_F(NamesOfPointers, AreAllNamesWhereATypeIsMadeElsewhere) {
  header("struct s {\n  OLD p;\n};\n", "struct s {\n  TYPE p;\n};\n",
         "#define OLD int *\n#ifndef TYPE\n#define TYPE char *\n#endif\n#include \"x.h\"\n");
  user("a.c", "int a = sizeof(struct s);\n");
  unit("b.c", "int b = sizeof(struct s);\n", "-fno-strict-aliasing -DTYPE=char");
  EXPECT_EQ(kept(), "a.c b.c ");
}

TEST_F(NamesOfPointers, AreAllNamesWhereSomethingElseIsOnTheirLine) {
  header("static struct s { int *p;\n  int n; } const x = { 0, 1 };\n",
         "static struct s { int *p;\n  int n; } const x = { 0, 2 };\n");
  user("a.c", "int a(void) { return x.n; }\n");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(NamesOfPointers, DoNotStandForOtherMembersOfTheRecord) {
  header("struct in {\n  int a;\n  int b;\n};\nstruct s {\n  struct in in;\n  int *p;\n};\n",
         "struct in {\n  int b;\n  int a;\n};\nstruct s {\n  struct in in;\n  char *p;\n};\n");
  user("a.c", "int a(struct s *s) { return s->in.a; }\n");
  for (const char *other : {"3.c", "4.c"})
    user(other, "int one;\n");
  EXPECT_EQ(kept(), "a.c ");
}

} // namespace
} // namespace suture::builder
