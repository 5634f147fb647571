// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/renamed_bits.h"

#include "payload-builder/units/testing/changed_header.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

const std::string Before = "#define BITS_1 unsigned a:1, :1, :30\n";
const std::string After = "#define BITS_1 unsigned a:1, fresh:1, :30\n";
const std::string InUnion = "  union {\n    unsigned all;\n    struct { BITS(1); };\n  };\n";

/// x.h has the changed macro BITS_1, and a struct of y.h has BITS(1).
class NamesOfBits : public testing::Test, protected ChangedHeader {
protected:
  void SetUp() override { others(4); }

  void bits(const std::string &members, const std::string &before = Before,
            const std::string &after = After) {
    yHeader("struct s {\n" + members + "  int n;\n};\n", before, after);
  }
  void yHeader(const std::string &text, const std::string &before = Before,
               const std::string &after = After) {
    header(before, after, "#include \"x.h\"\n#define BITS(n) BITS_##n\n" + text);
  }
  std::string keptOf(const std::string &members, const std::string &before = Before,
                     const std::string &after = After) {
    bits(members, before, after);
    return kept();
  }
};

const std::string All = "1.c 2.c 3.c 4.c ";

TEST_F(NamesOfBits, AreAllThatUnitsCanTell) {
  bits(InUnion);
  unit("a.c", "int a(struct s *s) { return s->fresh; }\n");
  unit("b.c", "int b(struct s *s) { return s->a + s->n; }\n");
  unit("c.c", "#define CAT(x, y) x##y\nint c(struct s *s) { return s->CAT(, fresh); }\n");
  unit("d.c", "struct s d = { 1, 2 };\n");
  unit("e.c", "int e = sizeof(struct s);\n");
  EXPECT_EQ(kept(), "a.c c.c ");
}

TEST_F(NamesOfBits, AreThoseOfBothStates) {
  bits(InUnion, "#define BITS_1 unsigned a:1, old:1, :30\n",
       "#define BITS_1 unsigned a:1, fresh:1, :30\n");
  unit("a.c", "int a(struct s *s) { return s->fresh; }\n");
  unit("b.c", "int b(struct s *s) { return s->old; }\n");
  unit("c.c", "int c(struct s *s) { return s->a; }\n");
  EXPECT_EQ(kept(), "a.c b.c ");
}

TEST_F(NamesOfBits, ReachOthersThroughMacros) {
  yHeader("struct s {\n" + InUnion + "};\n#define FRESH(s) ((s)->fresh)\n");
  unit("a.c", "int a(struct s *s) { return FRESH(s); }\n");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(NamesOfBits, AreNotAllWhereNoIntegerHasTheBits) {
  EXPECT_EQ(keptOf("  struct { BITS(1); };\n"), All);
  EXPECT_EQ(keptOf("  union {\n    struct { BITS(1); };\n    unsigned all;\n  };\n"), All);
  EXPECT_EQ(keptOf("  union {\n    unsigned char all;\n    struct { BITS(1); };\n  };\n"), All);
  EXPECT_EQ(keptOf("  union {\n    float all;\n    struct { BITS(1); };\n  };\n"), All);
  EXPECT_EQ(keptOf("  union {\n    unsigned all : 32;\n    struct { BITS(1); };\n  };\n"), All);
  EXPECT_EQ(keptOf("  union {\n    unsigned long all;\n    struct { BITS(1); int i; };\n  };\n"),
            All);
}

TEST_F(NamesOfBits, AreNotAllWhereTheyHaveAnInitializerOfTheirOwn) {
  EXPECT_EQ(keptOf("  union {\n    unsigned all;\n    struct { BITS(1); } bits;\n  };\n"), All);
}

TEST_F(NamesOfBits, AreNotAllWhereMoreThanNamesChanges) {
  EXPECT_EQ(keptOf(InUnion, Before, "#define BITS_1 unsigned a:1, fresh:2, :29\n"), All);
  EXPECT_EQ(keptOf(InUnion, Before, "#define BITS_1 int a:1, fresh:1, :30\n"), All);
  EXPECT_EQ(keptOf(InUnion, Before, "#define BITS_1 unsigned a:1, fresh:1; unsigned :30\n"), "");
  EXPECT_EQ(keptOf(InUnion, Before, "#define BITS_1 unsigned a:1, fresh:1, :30; enum { A = 1 }\n"),
            All);
  EXPECT_EQ(keptOf(InUnion, "#define BITS_1 enum { A = 1 } a:1, :1, :30\n",
                   "#define BITS_1 enum { A = 2 } a:1, fresh:1, :30\n"),
            All);
}

TEST_F(NamesOfBits, AreOthersWhereAUnitSeesAnotherRecord) {
  bits("#ifdef MORE\n  int more;\n#endif\n" + InUnion);
  unit("a.c", "int a(struct s *s) { return s->n; }\n", "-DMORE");
  unit("b.c", "int b(struct s *s) { return s->n; }\n", "-Dunsigned=long");
  unit("c.c", "int c(struct s *s) { return s->n; }\n");
  EXPECT_EQ(kept(), "a.c b.c ");
}

TEST_F(NamesOfBits, AreNoneForWhoDoesNotSeeTheRecord) {
  yHeader("#ifndef NONE\nstruct s {\n" + InUnion + "};\n#endif\n");
  unit("a.c", "int a;\n", "-DNONE");
  EXPECT_EQ(kept(), "");
}

TEST_F(NamesOfBits, AreNotAllOfAMacroThatIsUsedElsewhere) {
  bits(InUnion);
  unit("a.c", "int a = sizeof(struct { BITS(1); });\n");
  EXPECT_EQ(kept(), "a.c ");
}

TEST_F(NamesOfBits, StayAllBesideLinesThatOnlyTheTargetsCompilerReads) {
  yHeader("#ifdef __clang__\n#define X 1\n#else\n#define X 2\n#endif\nstruct s {\n" + InUnion +
          "};\n");
  EXPECT_EQ(kept(), "");
}

TEST_F(NamesOfBits, AreNotKnownWhereOnlyTheTargetsCompilerMayReadThem) {
  const std::string choice = "#ifdef __clang__\n#define X 1\n#else\n#define X 2\n#endif\n";
  yHeader(choice + "struct s {\n  int array[X];\n" + InUnion + "};\n");
  EXPECT_EQ(kept(), All);
  const std::string record = "struct s {\n" + InUnion + "};\n";
  yHeader("#ifdef __clang__\n" + record + "#else\nstruct s { unsigned all; };\n#endif\n");
  EXPECT_EQ(kept(), All);
  yHeader("#ifndef __clang__\n#include \"z.h\"\n#endif\n" + record);
  EXPECT_EQ(kept(), All);
}

} // namespace
} // namespace suture::builder
