// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/compare_pieces.h"

#include "payload-builder/support/process.h"
#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <gtest/gtest.h>
#include <map>

namespace suture::builder {
namespace {

/// An object of C source, made by gcc with a section for each function and object.
ObjectModel compile(const std::string &source, const std::string &flag = "-g0",
                    bool isSplit = true) {
  // The compiler is there, and the folder was just made: neither fails.
  const TempDir folder = llvm::cantFail(TempDir::create());
  const std::string input = folder.path() + "/a.c", output = folder.path() + "/a.o";
  llvm::cantFail(writeFile(input, source));
  std::vector<std::string> command = {
      "gcc", "-O2", "-fPIE", "-fno-asynchronous-unwind-tables", "-fcf-protection=none", flag, "-c",
      input, "-o",  output};
  if (isSplit)
    command.insert(command.end(), {"-ffunction-sections", "-fdata-sections"});
  const auto result = llvm::cantFail(
      runProcess({.arguments = std::move(command), .directory = "", .environment = {}}));
  EXPECT_EQ(result.status, 0) << result.errors;
  return llvm::cantFail(ObjectModel::parse(llvm::cantFail(ElfFile::open(output))));
}

/// Debug information is asked, and lines are of no help.
const IsSameLine noLine = [](unsigned) { return false; };
/// Debug information is not asked.
const IsSameLine byUseAlone;

/// Names of the patched pieces that differ from their base, sorted.
std::vector<std::string> differing(const ObjectModel &base, const ObjectModel &patched,
                                   const IsSameLine &isSameLine = byUseAlone) {
  const Comparison comparison = llvm::cantFail(comparePieces(base, patched, isSameLine));
  std::vector<std::string> names;
  for (size_t i = 0; i < patched.pieces().size(); ++i)
    if (comparison.differs[i])
      names.emplace_back(patched.pieces()[i].name());
  std::ranges::sort(names);
  return names;
}

TEST(ComparePieces, StringsAreComparedByContent) {
  const auto base = compile("extern void p(const char *); void f(void) { p(\"b\"); }");
  const auto same = compile("extern void p(const char *); void g(void) { p(\"a\"); }"
                            "void f(void) { p(\"b\"); }");
  const auto other = compile("extern void p(const char *); void f(void) { p(\"c\"); }");
  EXPECT_EQ(differing(base, same), std::vector<std::string>());
  EXPECT_EQ(differing(base, other), std::vector<std::string>{"f"});
}

TEST(ComparePieces, AnotherCalleeIsADifference) {
  const auto base = compile("extern int a(int), b(int); int f(int x) { return a(x) + 1; }");
  const auto patched = compile("extern int a(int), b(int); int f(int x) { return b(x) + 1; }");
  EXPECT_EQ(differing(base, patched), std::vector<std::string>{"f"});
}

TEST(ComparePieces, RenumberedStaticLocalsArePairedByTheirUse) {
  const auto base = compile("int f(int x) { static int once; once += x; return once; }"
                            "int g(int x) { static int once; once -= x; return once; }");
  const auto patched = compile("int n(int x) { static int once; once ^= x; return once; }"
                               "int f(int x) { static int once; once += x; return once; }"
                               "int g(int x) { static int once; once -= x; return once; }");
  EXPECT_EQ(differing(base, patched), std::vector<std::string>());
  EXPECT_TRUE(llvm::cantFail(comparePieces(base, patched, byUseAlone)).unpaired.empty());
}

TEST(ComparePieces, StaticLocalsThatNothingTellsApartStayUnpaired) {
  const auto base = compile("int f(int x) { static int once; once += x; return once; }"
                            "int g(int x) { static int once; once -= x; return once; }");
  const auto patched = compile("int f(int x) { static int once; once += 2 * x; return once; }"
                               "int g(int x) { static int once; once -= 2 * x; return once; }");
  EXPECT_EQ(llvm::cantFail(comparePieces(base, patched, byUseAlone)).unpaired.size(), 2u);
}

TEST(ComparePieces, DebugInformationTellsStaticLocalsOfChangedFunctionsApart) {
  const auto base = compile("int f(int x) { static int once = 1; once += x; return once; }"
                            "int g(int x) { static int once = 2; once -= x; return once; }",
                            "-g");
  const auto patched =
      compile("int n(int x) { static int once = 3; once ^= x; return once; }"
              "int f(int x) { static int once = 1; once += 2 * x; return once; }"
              "int g(int x) { static int once = 2; once -= 2 * x; return once + n(x); }",
              "-g");
  EXPECT_EQ(differing(base, patched, noLine), (std::vector<std::string>{"f", "g"}));
  EXPECT_TRUE(llvm::cantFail(comparePieces(base, patched, noLine)).unpaired.empty());
}

TEST(ComparePieces, StaticLocalsOfOneNameInOneFunctionAreToldApartByTheirLines) {
  const auto source = [](const std::string &first, const std::string &factor) {
    return "int f(int x) {\n" + first +
           "\n#line 3\nif (x) { static int once = 1; x += once++; }\n" +
           "else { static int once = 2; x -= once--; }\nreturn x * " + factor + ";\n}\n";
  };
  const auto base = compile(source("", "3"), "-g");
  const auto patched = compile(source("{ static int once = 7; x ^= once++; }", "5"), "-g");
  const auto paired = [&](const IsSameLine &isSameLine) {
    const Comparison comparison = llvm::cantFail(comparePieces(base, patched, isSameLine));
    EXPECT_EQ(comparison.unpaired.size(), isSameLine(0) ? 0u : 3u);
    std::map<int, int> values;
    for (size_t i = 0; i < patched.pieces().size(); ++i)
      if (const auto partner = comparison.baseOf[i];
          partner && patched.pieces()[i].kind == PieceKind::Data)
        values.emplace(patched.pieces()[i].bytes[0], base.piece(*partner).bytes[0]);
    return values;
  };
  EXPECT_EQ(paired([](unsigned) { return true; }), (std::map<int, int>{{1, 1}, {2, 2}}));
  EXPECT_EQ(paired(noLine), (std::map<int, int>()));
}

TEST(ComparePieces, AStaticLocalThatMovedToAnotherFunctionStaysUnpaired) {
  const auto base = compile("int f(int x) { static int once; once += x; return once; }", "-g");
  const auto patched =
      compile("__attribute__((noinline)) static int g(int x) {"
              "static int once; once += x; return once; } int f(int x) { return g(x) + 1; }",
              "-g");
  EXPECT_EQ(llvm::cantFail(comparePieces(base, patched, noLine)).unpaired.size(), 1u);
}

TEST(ComparePieces, ABaseWithoutSectionsForEachPieceIsComparedByPlaces) {
  // The end of one array is the start of the next; a call and a tail call have no relocation.
  const auto source = [](const std::string &factor) {
    return "static int first[8], second[8];"
           "__attribute__((noinline)) static int sum(int x) { asm(\"\"); return x * " +
           factor +
           "; }"
           "int *end(void) { return first + 8; } int *start(void) { return second; }"
           "int call(int x) { asm volatile(\".skip 200, 0x90\");"
           "                  return sum(x) + first[x] + second[x]; }"
           "int tail(int x) { return sum(x + 1); }";
  };
  const auto base = compile(source("3"), "-g0", /*isSplit=*/false);
  EXPECT_EQ(differing(base, compile(source("3"))), std::vector<std::string>());
  EXPECT_EQ(differing(base, compile(source("5"))), std::vector<std::string>{"sum"});
}

TEST(ComparePieces, AFunctionLaidOutOtherwiseInASharedSectionIsTheSame) {
  const auto source = [](const std::string &jump, const std::string &nops) {
    return "extern int a(int); int f(int x) { asm volatile(\"" + jump + "\\n3: .skip " + nops +
           ", 0x90\\n4: ud2\\n.p2align 3\\n1: lfence\\n2:\\n"
           ".pushsection .altinstr_replacement, \\\"ax\\\"\\n5: cpuid\\n6: .popsection\\n"
           ".pushsection .altinstructions, \\\"a\\\"\\n.long 3b - ., 5b - .\\n"
           ".word 7\\n.byte 4b - 3b, 6b - 5b, 0, 0\\n.popsection\\n"
           ".pushsection .ex_table, \\\"a\\\"\\n.long 4b - ., 1b - .\\n.popsection\");"
           "return a(x) + 1; } int g(int x) { return a(x); }";
  };
  const std::string wide = ".byte 0xe9; .long 1f - . - 4",
                    elsewhere = ".byte 0xe9; .long 2f - . - 4";
  const auto patched = compile(source("jmp 1f", "2"));
  const auto inOneSection = [&](const std::string &jump, const std::string &nops) {
    return differing(compile(source(jump, nops), "-g0", /*isSplit=*/false), patched);
  };
  EXPECT_EQ(inOneSection(wide, "2"), std::vector<std::string>());
  EXPECT_EQ(inOneSection(elsewhere, "2"), std::vector<std::string>{"f"});
  EXPECT_EQ(inOneSection(wide, "3"), std::vector<std::string>{"f"});
  EXPECT_EQ(differing(compile(source(wide, "2")), patched), std::vector<std::string>{"f"});
}

TEST(ComparePieces, DataWhoseUseChangesLacksItsDeclaration) {
  const auto source = [](const std::string &factor) {
    return "int f(int x) { static int once; once += x; return once; }"
           "int g(int x) { static int mark; mark -= x * " +
           factor + "; return mark; }";
  };
  const auto lacksDeclarations = [&](const IsSameLine &isSameLine, const std::string &factor,
                                     const SoleStatics &sole = {}) {
    return llvm::cantFail(comparePieces(compile(source("2"), "-g"), compile(source(factor), "-g"),
                                        isSameLine, sole))
        .lacksDeclarations;
  };
  EXPECT_FALSE(lacksDeclarations(byUseAlone, "2"));
  EXPECT_TRUE(lacksDeclarations(byUseAlone, "3"));
  EXPECT_FALSE(lacksDeclarations(byUseAlone, "3", {"mark"}));
  EXPECT_FALSE(lacksDeclarations(noLine, "3"));
}

TEST(ComparePieces, AnEntryBesideTheCodeCounts) {
  const auto source = [](const std::string &replacement) {
    return "int f(int x) { asm volatile(\"1: nop\\n.pushsection .altinstr_replacement, "
           "\\\"ax\\\"\\n"
           "2: .byte " +
           replacement +
           "\\n3: .popsection\\n.pushsection .altinstructions, \\\"a\\\"\\n.long 1b - ., 2b - .\\n"
           ".word 7\\n.byte 1, 3b - 2b, 0, 0\\n.popsection\"); return x; }"
           "int g(int x) { return x + 1; }";
  };
  EXPECT_EQ(differing(compile(source("0xf4")), compile(source("0xf4"))),
            std::vector<std::string>());
  EXPECT_EQ(differing(compile(source("0xf4")), compile(source("0xfb"))),
            std::vector<std::string>{"f"});
}

TEST(ComparePieces, TheLineInABugFrameDoesNotCount) {
  const auto source = [](const std::string &line) {
    return "int f(int x) { asm volatile(\"1: ud2\\n.pushsection .bug_frames.2, \\\"a\\\"\\n"
           "2: .long 1b - 2b, %c0 - 2b + (" +
           line + " << 24)\\n.popsection\" : : \"i\"(\"a.c\")); return x; }";
  };
  EXPECT_EQ(differing(compile(source("3")), compile(source("5"))), std::vector<std::string>());
}

TEST(ComparePieces, AJumpTablesContentCounts) {
  const std::string before =
      "extern int a(int), b(int), c(int); int f(int k, int x) { switch (k) {"
      "case 0: return a(x); case 1: return b(x) + 1; case 2: return c(x) + 2;"
      "case 3: return a(x) + 3; case 4: return b(x) + 4; case 5: return c(x);"
      "} return 0; }";
  std::string after = before;
  // The same code in another order of cases: only the table differs.
  after.replace(after.find("case 0"), 6, "case 9");
  after.replace(after.find("case 1"), 6, "case 0");
  after.replace(after.find("case 9"), 6, "case 1");
  EXPECT_EQ(differing(compile(before), compile(before)), std::vector<std::string>());
  EXPECT_EQ(differing(compile(before), compile(after)), std::vector<std::string>{"f"});
}

TEST(ComparePieces, FamiliesDropWhatCompilersAppend) {
  EXPECT_EQ(familyOf("once.12"), "once");
  EXPECT_EQ(familyOf("f.isra.0.cold"), "f");
  EXPECT_EQ(familyOf("f.part.0"), "f");
  EXPECT_EQ(familyOf("_ZN1a1fEv"), "_ZN1a1fEv");
  EXPECT_EQ(familyOf(".L.str"), ".L.str");
}

} // namespace
} // namespace suture::builder
