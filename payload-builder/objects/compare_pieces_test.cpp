// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/compare_pieces.h"

#include "payload-builder/support/process.h"
#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

/// An object of C source, made by gcc with a section for each function and object.
ObjectModel compile(const std::string &source) {
  // The compiler is there, and the folder was just made: neither fails.
  const TempDir folder = llvm::cantFail(TempDir::create());
  const std::string input = folder.path() + "/a.c", output = folder.path() + "/a.o";
  llvm::cantFail(writeFile(input, source));
  const auto result =
      llvm::cantFail(runProcess({.arguments = {"gcc", "-O2", "-fPIE", "-ffunction-sections",
                                               "-fdata-sections", "-fno-asynchronous-unwind-tables",
                                               "-fcf-protection=none", "-c", input, "-o", output},
                                 .directory = "",
                                 .environment = {}}));
  EXPECT_EQ(result.status, 0) << result.errors;
  return llvm::cantFail(ObjectModel::parse(llvm::cantFail(ElfFile::open(output))));
}

/// Names of the patched pieces that differ from their base, sorted.
std::vector<std::string> differing(const ObjectModel &base, const ObjectModel &patched) {
  const Comparison comparison = comparePieces(base, patched);
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
  EXPECT_TRUE(comparePieces(base, patched).unpaired.empty());
}

TEST(ComparePieces, StaticLocalsThatNothingTellsApartStayUnpaired) {
  const auto base = compile("int f(int x) { static int once; once += x; return once; }"
                            "int g(int x) { static int once; once -= x; return once; }");
  const auto patched = compile("int f(int x) { static int once; once += 2 * x; return once; }"
                               "int g(int x) { static int once; once -= 2 * x; return once; }");
  EXPECT_EQ(comparePieces(base, patched).unpaired.size(), 2u);
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
