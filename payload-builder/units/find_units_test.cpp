// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/find_units.h"

#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <filesystem>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

class FindUnits : public testing::Test {
protected:
  void SetUp() override {
    auto made = TempDir::create();
    ASSERT_TRUE(static_cast<bool>(made));
    folder_ = std::make_unique<TempDir>(std::move(*made));
    tree_.root = folder_->path();
  }

  /// A file on disk, as the target was built from it.
  void file(const std::string &path, const std::string &text) {
    std::filesystem::path full = tree_.root + "/" + path;
    std::filesystem::create_directories(full.parent_path());
    ASSERT_FALSE(static_cast<bool>(writeFile(full.string(), text)));
  }
  /// The same, with a compile command.
  void unit(const std::string &path, const std::string &text, const std::string &options = "") {
    file(path, text);
    std::filesystem::path name(path);
    file((name.parent_path() / ("." + name.stem().string() + ".o.cmd")).string(),
         "cmd_" + name.stem().string() + ".o := gcc -I" + tree_.root + "/include " + options +
             " -c " + name.filename().string() + " -o " + name.stem().string() + ".o\n");
  }
  /// The same, with the list of all other files that it reads.
  void listedUnit(const std::string &path, const std::string &text, const std::string &inputs,
                  const std::string &options = "") {
    unit(path, text, "-nostdinc " + options);
    const std::string stem = std::filesystem::path(path).stem().string();
    const std::string commands = "." + stem + ".o.cmd";
    auto command = readFile(tree_.root + "/" + commands);
    ASSERT_TRUE(static_cast<bool>(command));
    file(commands,
         fmt::format("{}\ndeps_{}.o := \\\n  {} {} \\\n\n", *command, stem, path, inputs));
  }
  void change(const std::string &path, const FileText &patched) {
    auto base = readFile(tree_.root + "/" + path);
    FileText before;
    if (base)
      before = *base;
    else
      llvm::consumeError(base.takeError()); // The diff adds it.
    tree_.files[path].history = {before, patched};
  }
  std::string dumped() {
    auto result = findUnits(tree_, source_);
    return result ? dump(*result) : "error: " + llvm::toString(result.takeError());
  }
  /// The first line of each refusal.
  std::string refused() {
    auto result = findUnits(tree_, source_);
    if (!result)
      return "error: " + llvm::toString(result.takeError());
    std::string text;
    for (const Refusal &refusal : result->refusals)
      text += std::string(codeName(refusal.code)) + ": " + refusal.location.file + '\n';
    return text;
  }

  std::unique_ptr<TempDir> folder_;
  SourceTree tree_;
  CompileCommandSource source_;
};

TEST_F(FindUnits, Leaves32BitCodeToTheAssembler) {
  unit("boot.c", "int f(void) { return 1; }\n", "-m32");
  change("boot.c", "int f(void) { return 2; }\n");
  EXPECT_EQ(dumped(), "boot.c: assembly, sees boot.c\n");
}

TEST_F(FindUnits, FindsTheUnitOfASourceThatIsReadThroughALink) {
  file("common/x.c", "int f(void) { return 1; }\n");
  std::filesystem::create_directories(tree_.root + "/arch");
  std::filesystem::create_symlink("../common/x.c", tree_.root + "/arch/x.c");
  file("arch/.x.o.cmd", "cmd_x.o := gcc -c x.c -o x.o\n\ndeps_x.o := \\\n  x.c \\\n\n");
  change("common/x.c", "int f(void) { return 2; }\n");
  EXPECT_EQ(dumped(), "common/x.c: sees common/x.c\n");
}

TEST_F(FindUnits, FindsTheUnitOfAChangedSource) {
  unit("x.c", "int f(void) { return 1; }\n");
  unit("y.c", "int g;\n");
  change("x.c", "int f(void) { return 2; }\n");
  EXPECT_EQ(dumped(), "x.c: sees x.c\n");
}

TEST_F(FindUnits, FindsUnitsThatUseWhatChangesInAHeader) {
  file("include/x.h", "static inline int f(void) { return 1; }\n");
  unit("x.c", "#include <x.h>\nint g(void) { return f(); }\n");
  unit("y.c", "#include <x.h>\nint h;\n");
  unit("z.c", "int i;\n");
  change("include/x.h", "static inline int f(void) { return 2; }\n");
  EXPECT_EQ(dumped(), "x.c: sees include/x.h\n"
                      "y.c: left out: mentions nothing of what changes in include/x.h\n");
}

TEST_F(FindUnits, ReadsANewSourceThatAChangedOneIncludes) {
  unit("x.c", "int f(void) { return 1; }\n");
  change("x.c", "static const int table[] = {\n#include \"table.c\"\n};\n"
                "int f(void) { return table[0]; }\n");
  change("table.c", "1, 2, 3\n");
  EXPECT_EQ(dumped(), "x.c: sees table.c, x.c\n");
  // Nobody includes this one.
  change("other.c", "4, 5, 6\n");
  EXPECT_EQ(refused(), "no-compile-command: other.c\n");
}

TEST_F(FindUnits, FindsUnitsThatReadANewHeaderInPlaceOfAnother) {
  file("include/x.h", "#define N 1\n");
  const std::string options = "-I" + tree_.root + "/generic";
  file("generic/y.h", "#define M 1\n");
  const std::string uses = "#include <x.h>\n#include <y.h>\nint g = N + M;\n";
  unit("x.c", uses, options);
  // With a list of what was read.
  file(".y.o.cmd", "cmd_y.o := gcc -Iinclude -Igeneric -c y.c -o y.o\n\n"
                   "deps_y.o := \\\n  y.c \\\n  include/x.h \\\n  generic/y.h \\\n\n");
  file("y.c", uses);
  unit("z.c", "#include <x.h>\nint h = N;\n", options);
  change("include/y.h", "#define M 2\n");
  EXPECT_EQ(dumped(), "x.c: sees include/y.h\ny.c: sees include/y.h\n");
}

TEST_F(FindUnits, FollowsIncludesThroughOtherHeadersAndLinks) {
  file("asm-x86/y.h", "#define N 1\n");
  std::filesystem::create_directories(tree_.root + "/include");
  std::filesystem::create_directory_symlink("../asm-x86", tree_.root + "/include/asm");
  file("include/x.h", "#include <asm/y.h>\n");
  unit("x.c", "#include <x.h>\nint g = N;\n");
  change("asm-x86/y.h", "#define N 2\n");
  EXPECT_EQ(dumped(), "x.c: sees asm-x86/y.h\n");
}

TEST_F(FindUnits, MentionThroughAnotherHeadersMacroCounts) {
  file("include/x.h", "#define INNER 1\n");
  file("include/y.h", "#include <x.h>\n#define OUTER INNER\n");
  unit("x.c", "#include <y.h>\nint g = OUTER;\n");
  change("include/x.h", "#define INNER 2\n");
  EXPECT_EQ(dumped(), "x.c: sees include/x.h\n");
}

TEST_F(FindUnits, MentionThatIsPastedTogetherCounts) {
  file("include/x.h", "#define FEATURE_smep 1\n");
  unit("x.c", "#include <x.h>\n#define HAS(name) FEATURE_##name\nint g = HAS(smep);\n");
  unit("y.c", "#include <x.h>\n#define HAS(name) FEATURE_##name\nint g;\n");
  change("include/x.h", "#define FEATURE_smep 2\n");
  EXPECT_EQ(dumped(), "x.c: sees include/x.h\n"
                      "y.c: left out: mentions nothing of what changes in include/x.h\n");
}

TEST_F(FindUnits, MentionThatIsPastedInAUnitThatListsAllFilesCounts) {
  const std::string header = "#define HAS(name) FEATURE_##name\n#define X smep\n";
  file("include/y.h", header);
  file("include/x.h", "#define FEATURE_smep 1\n");
  const auto listed = [&](const std::string &name, const std::string &use,
                          const std::string &option = "") {
    listedUnit(name, "#include <x.h>\n#include <y.h>\nint g = " + use + ";\n",
               "include/x.h include/y.h", option);
  };
  listed("a.c", "HAS(smep)");
  listed("b.c", "HAS(smap) + smep");
  listed("c.c", "CALL(smep)", "-D'CALL(x)=HAS(x)'");
  listed("d.c", "HAS(Y)", "-DY=smep");
  change("include/x.h", "#define FEATURE_smep 2\n");
  EXPECT_EQ(dumped(), "a.c: sees include/x.h\nc.c: sees include/x.h\n"
                      "b.c: left out: mentions nothing of what changes in include/x.h\n"
                      "d.c: left out: mentions nothing of what changes in include/x.h\n");
}

TEST_F(FindUnits, NamePastedOfAMacroThatIsPastedCounts) {
  file("include/x.h", "#define FEATURE_7 1\n");
  file("include/y.h", "#define NUMBER_smep 7\n#define NUMBER_smap 8\n"
                      "#define HAS2(n) FEATURE_##n\n#define HAS1(n) HAS2(n)\n"
                      "#define HAS(name) HAS1(NUMBER_##name)\n");
  for (const std::string name : {"smep", "smap"})
    listedUnit(name + ".c", "#include <x.h>\n#include <y.h>\nint g = HAS(" + name + ");\n",
               "include/x.h include/y.h");
  change("include/x.h", "#define FEATURE_7 2\n");
  EXPECT_EQ(dumped(), "smep.c: sees include/x.h\n"
                      "smap.c: left out: mentions nothing of what changes in include/x.h\n");
}

TEST_F(FindUnits, SymbolOfTheAssemblerThatIsJoinedInAStringCounts) {
  const std::string list = "ITEM(ONE, 1)\n";
  file("include/list.h", list);
  file("include/x.h",
       "#define ITEM(name, value) asm(\".equ ITEM_\" #name \", \" #value);\n"
       "#include <list.h>\n#define LOAD(name) asm(\"mov $ITEM_\" #name \", %eax\")\n");
  const auto listed = [&](const std::string &name, const std::string &text) {
    listedUnit(name, "#include <x.h>\n" + text, "include/x.h include/list.h");
  };
  listed("a.c", "void a(void) { asm(\"mov $ITEM_\" \"NEW, %eax\"); }\n");
  listed("b.c", "void b(void) { LOAD(NEW); }\n");
  listed("c.c", "asm(\".macro load item\\n mov $ITEM_\\\\item, %eax\\n .endm\");\n"
                "void c(void) { asm(\"load NEW\\n nop\"); }\n");
  listed("d.c", "int NEW;\nvoid d(void) { LOAD(ONE); asm(\".section .d\" \"\\n .previous\"); }\n");
  change("include/list.h", list + "ITEM(NEW, 2)\n");
  EXPECT_EQ(dumped(),
            "a.c: sees include/list.h\nb.c: sees include/list.h\nc.c: sees include/list.h\n"
            "d.c: left out: mentions nothing of what changes in include/list.h\n");
}

TEST_F(FindUnits, NamePastedFromAnyNumberOfPartsCounts) {
  const std::string paste = "#include <x.h>\n#define P2(a, b) a##b\n#define P(a, b) P2(a, b)\n"
                            "#define NAME P(P(P(P(do, _), fre), eze), _it)\n";
  file("include/x.h", "static inline int do_freeze_it(int a) { return a; }\n");
  unit("x.c", paste + "int g(void) { return NAME(1); }\n");
  unit("y.c", paste + "int g;\n");
  unit("z.c", "#include <x.h>\nint h;\n");
  change("include/x.h", "static inline int do_freeze_it(int a) { return a + 1; }\n");
  EXPECT_EQ(dumped(), "x.c: sees include/x.h\n"
                      "y.c: left out: mentions nothing of what changes in include/x.h\n"
                      "z.c: left out: mentions nothing of what changes in include/x.h\n");
}

TEST_F(FindUnits, NamePastedFromAWordOfTheCommandOrTheNumberOfALineCounts) {
  const std::string paste = "#include <x.h>\n#define P2(a, b) a##b\n#define P(a, b) P2(a, b)\n";
  file("include/x.h", "static inline int do_it4(int a) { return a; }\n");
  unit("x.c", paste + "int g(void) { return P(P(PREFIX, it), FOUR)(1); }\n",
       "-DPREFIX=do_ -D FOUR=4");
  unit("y.c", paste + "int g(void) { return P(do_it, __LINE__)(1); }\n");
  unit("z.c", paste + "\nint g(void) { return P(P(PREFIX, it), __LINE__); }\n", "-DPREFIX=un");
  change("include/x.h", "static inline int do_it4(int a) { return a + 1; }\n");
  EXPECT_EQ(dumped(), "x.c: sees include/x.h\ny.c: sees include/x.h\n"
                      "z.c: left out: mentions nothing of what changes in include/x.h\n");
}

TEST_F(FindUnits, InlineFunctionOfSeveralLinesIsFoundByItsName) {
  file("include/x.h", "static inline int f(int a)\n{\n  a += 1;\n  return a;\n}\n");
  unit("x.c", "#include <x.h>\nint g(void) { return f(1); }\n");
  unit("y.c", "#include <x.h>\nint h;\n");
  change("include/x.h", "static inline int f(int a)\n{\n  a += 2;\n  return a;\n}\n");
  EXPECT_EQ(dumped(), "x.c: sees include/x.h\n"
                      "y.c: left out: mentions nothing of what changes in include/x.h\n");
}

TEST_F(FindUnits, ConditionOnAPastedMacroIsNoMentionAndCountsAllTheSame) {
  const std::string text = "#include <x.h>\n#define P2(a, b) a##b\n#define P(a, b) P2(a, b)\n";
  file("include/x.h", "#define do_it 0\nint f(int);\n");
  unit("x.c", text + "#if P(do, P(_, it))\nint g;\n#endif\nint h;\n");
  unit("y.c", text + "int h;\n");
  change("include/x.h", "#define do_it 1\nint f(long);\n");
  EXPECT_EQ(dumped(), "x.c: sees include/x.h\n"
                      "y.c: left out: mentions nothing of what changes in include/x.h\n");
}

TEST_F(FindUnits, NameThatIsAnotherOneInEachUnitIsNotReliedOn) {
  file("names.h", "#define N2(a, n) a##__##n\n#define N1(a, n) N2(a, n)\n"
                  "#define fault N1(fault, LEVEL)\n");
  file("part.c", "#include \"names.h\"\nstatic int fault(int a)\n{\n  return a;\n}\n"
                 "int (*table)(int) = fault;\n");
  unit("two.c", "#define LEVEL 2\n#include \"part.c\"\n");
  unit("three.c", "#define LEVEL 3\n#include \"part.c\"\n");
  change("part.c", "#include \"names.h\"\nstatic int fault(int a)\n{\n  return a + 1;\n}\n"
                   "int (*table)(int) = fault;\n");
  EXPECT_EQ(dumped(), "three.c: sees part.c\ntwo.c: sees part.c\n");
}

TEST_F(FindUnits, NameThatAnIfChoosesIsNotReliedOn) {
  const std::string start = "#ifdef A\nstatic inline int f(int a)\n#else\n"
                            "static inline int g(int a)\n#endif\n{\n";
  file("include/x.h", start + "  return a;\n}\n");
  unit("a.c", "#include <x.h>\nint h(int a) { return f(a); }\n", "-DA");
  unit("b.c", "#include <x.h>\nint h(int a) { return g(a); }\n");
  change("include/x.h", start + "  return a + 1;\n}\n");
  EXPECT_EQ(dumped(), "a.c: sees include/x.h\nb.c: sees include/x.h\n");
}

TEST_F(FindUnits, EnumeratorOfABranchThatOneUnitDoesNotTake) {
  file("include/x.h", "enum e {\n  A,\n#ifdef X\n  B = 1,\n#endif\n};\n");
  unit("a.c", "#include <x.h>\nint f(void) { return 0; }\n");
  unit("b.c", "#include <x.h>\nint f(void) { return B; }\n", "-DX");
  change("include/x.h", "enum e {\n  A,\n#ifdef X\n  B = 2,\n#endif\n};\n");
  EXPECT_EQ(dumped(), "b.c: sees include/x.h\n"
                      "a.c: left out: mentions nothing of what changes in include/x.h\n");
}

TEST_F(FindUnits, MacroThatIsMentionedButNotExpandedIsDismissedByItsTokens) {
  file("include/x.h", "#define N 1\n");
  unit("x.c", "#include <x.h>\n#define UNUSED N\nint g;\n");
  change("include/x.h", "#define N 2\n");
  EXPECT_EQ(dumped(),
            "x.c: left out: its preprocessed tokens are the same (it sees include/x.h)\n");
}

TEST_F(FindUnits, ChangedConditionalIsPreprocessedInEveryUnit) {
  file("include/x.h", "#if A\nextern int f(int);\n#endif\n");
  unit("x.c", "#include <x.h>\nint g;\n", "-DA=1");
  unit("y.c", "#include <x.h>\nint h;\n", "-DA=0");
  change("include/x.h", "#if A == 1\nextern long f(int);\n#endif\n");
  EXPECT_EQ(dumped(),
            "x.c: sees include/x.h\n"
            "y.c: left out: its preprocessed tokens are the same (it sees include/x.h)\n");
}

TEST_F(FindUnits, LinesOfABranchThatOneUnitDoesNotTakeAreNotOverlooked) {
  file("include/x.h", "#ifdef A\nint n = 1;\n#endif\n");
  unit("a.c", "#include <x.h>\nint g;\n");
  unit("b.c", "#include <x.h>\nint h;\n", "-DA");
  change("include/x.h", "#ifdef A\nint n = 2;\n#endif\n");
  EXPECT_EQ(dumped(), "b.c: sees include/x.h\n"
                      "a.c: left out: mentions nothing of what changes in include/x.h\n");
}

TEST_F(FindUnits, DefinitionInAHeaderNeedsNoMention) {
  file("include/x.h", "int f(void) { return 1; }\n");
  unit("x.c", "#include <x.h>\nint g;\n");
  change("include/x.h", "int f(void) { return 2; }\n");
  EXPECT_EQ(dumped(), "x.c: sees include/x.h\n");
}

TEST_F(FindUnits, PragmaIsNoTokenAndCountsAllTheSame) {
  file("include/x.h", "#pragma pack(1)\n");
  unit("x.c", "#include <x.h>\nstruct s { char a; int b; } s;\n");
  change("include/x.h", "#pragma pack(2)\n");
  EXPECT_EQ(dumped(), "x.c: sees include/x.h\n");
}

TEST_F(FindUnits, CommentsAndWhiteSpaceReachNoUnit) {
  file("include/x.h", "#define N 1\n");
  unit("x.c", "#include <x.h>\nint g = N;\n");
  change("include/x.h", "\n\n/* why */\n#define N    1 /* one */\n");
  EXPECT_EQ(dumped(), "include/x.h: left out: only comments and white space differ\n");
}

TEST_F(FindUnits, SpaceBetweenTokensMayBecomeText) {
  unit("x.c", "#define S(x) #x\nconst char *s = S(a+b);\n");
  change("x.c", "#define S(x) #x\nconst char *s = S(a + b);\n");
  EXPECT_EQ(dumped(), "x.c: sees x.c\n");
}

TEST_F(FindUnits, UsesTheBuildsOwnListOfInputs) {
  file("include/x.h", "#define N 1\n");
  // The list says that the header is read; the text alone would not.
  unit("x.c", "#include NAME\nint g = N;\n", "-MMD -MF x.d -DNAME='<x.h>'");
  file("x.d", "x.o: x.c include/x.h\n");
  change("include/x.h", "#define N 2\n");
  EXPECT_EQ(dumped(), "x.c: sees include/x.h\n");
}

TEST_F(FindUnits, ComputedIncludeMayReadAnything) {
  file("include/x.h", "#define N 1\n");
  unit("x.c", "#include NAME\nint g = N;\n", "-DNAME='<x.h>'");
  unit("y.c", "#include NAME\nint g;\n", "-DNAME='<x.h>'");
  change("include/x.h", "#define N 2\n");
  EXPECT_EQ(dumped(),
            "x.c: sees include/x.h\n"
            "y.c: left out: its preprocessed tokens are the same (it sees include/x.h)\n");
}

TEST_F(FindUnits, NamesAssemblyThatChanges) {
  unit("entry.S", "nop\n");
  change("entry.S", "hlt\n");
  EXPECT_EQ(dumped(), "entry.S: assembly, sees entry.S\n");
}

TEST_F(FindUnits, NamesAssemblyThatAHeaderChanges) {
  file("include/x.h", "#define N 1\n");
  unit("entry.S", "#include <x.h>\nmov $N, %eax\n");
  unit("other.S", "#include <x.h>\nnop\n");
  change("include/x.h", "#define N 2\n");
  EXPECT_EQ(dumped(), "entry.S: assembly, sees include/x.h\n"
                      "other.S: left out: mentions nothing of what changes in include/x.h\n");
}

TEST_F(FindUnits, RefusesASourceWithoutACompileCommand) {
  unit("x.c", "int f;\n");
  file("y.c", "int g;\n");
  change("y.c", "int g, h;\n");
  EXPECT_EQ(refused(), "no-compile-command: y.c\n");
}

TEST_F(FindUnits, SourceThatTheTargetDoesNotHaveIsLeftOut) {
  unit("x.c", "int f;\n");
  file("y.c", "int g;\n");
  change("y.c", "int g, h;\n");
  source_.targetFiles = {"x.c"};
  EXPECT_EQ(dumped(), "y.c: left out: not compiled into the target\n");
}

TEST_F(FindUnits, AFileOfAnotherFolderDoesNotSpeakForOneOfTheSameName) {
  unit("arch/entry.S", "nop\n");
  file("arch/compat/entry.S", "nop\n");
  change("arch/compat/entry.S", "cli\n");
  source_.targetFiles = {"arch/entry.S"};
  EXPECT_EQ(dumped(), "arch/compat/entry.S: left out: no unit of this build reads it\n");
  for (const char *name : {"entry.S", "compat/entry.S", "elsewhere/entry.S"}) {
    source_.targetFiles = {"arch/entry.S", name};
    EXPECT_EQ(refused(), "assembly-file: arch/compat/entry.S\n") << name;
  }
}

TEST_F(FindUnits, RefusesNewAndRemovedSources) {
  unit("x.c", "int f;\n");
  change("new.c", "int g;\n");
  change("x.c", std::nullopt);
  EXPECT_EQ(refused(), "no-compile-command: new.c\nno-compile-command: x.c\n");
}

TEST_F(FindUnits, RefusesLinkerScriptsAndBuildFilesOfTheTarget) {
  unit("arch/x.c", "int f;\n");
  for (const char *path : {"arch/image.lds", "arch/Makefile", "Kconfig", "tools/Makefile"}) {
    file(path, "a\n");
    change(path, "b\n");
  }
  EXPECT_EQ(refused(), "build-file: Kconfig\nbuild-file: arch/Makefile\n"
                       "linker-script: arch/image.lds\n");
}

TEST_F(FindUnits, NamesAMadeFileOnlyWhereItsSourceMentionsWhatChanges) {
  file("include/x.h", "#define N 1\n#define M 1\n");
  file("offsets.c", "#include <x.h>\nint f(void) { return N; }\n");
  unit("x.c", "#include <x.h>\nint g = M;\n");
  unit("y.c", "#include <x.h>\nint h;\n");
  const auto remade = [&] {
    auto commands = readCompileCommands(tree_, source_);
    EXPECT_TRUE(static_cast<bool>(commands));
    return findUnits(
               {.tree = tree_,
                .source = source_,
                .commands = *commands,
                .made = {{"offsets.s", {tree_.root + "/offsets.c", tree_.root + "/include/x.h"}}}})
        .remade;
  };
  change("include/x.h", "#define N 1\n#define M 2\n");
  EXPECT_EQ(remade(), std::vector<std::string>());
  change("include/x.h", "#define N 2\n#define M 1\n");
  EXPECT_EQ(remade(), std::vector<std::string>{"offsets.s"});
}

TEST_F(FindUnits, NamesAMadeFileOnlyWhereItsSourceMentionsWhatTheChangeReaches) {
  file("include/x.h", "#define FREE(p) f(p)\n");
  file("include/y.h", "#include <x.h>\nvoid f(void *);\n"
                      "static inline void drop(void **p) { FREE(*p); }\n");
  for (const char *name : {"1", "2", "3", "4"})
    unit(name + std::string(".c"), "#include <y.h>\nint v" + std::string(name) + ";\n");
  change("include/x.h", "#define FREE(p) (f(p), (p) = 0)\n");
  const auto remade = [&](const std::string &source) {
    file("offsets.c", "#include <y.h>\n" + source);
    auto commands = readCompileCommands(tree_, source_);
    EXPECT_TRUE(static_cast<bool>(commands));
    return findUnits({.tree = tree_,
                      .source = source_,
                      .commands = *commands,
                      .made = {{"offsets.s",
                                {tree_.root + "/offsets.c", tree_.root + "/include/x.h",
                                 tree_.root + "/include/y.h"}}}})
        .remade;
  };
  EXPECT_EQ(remade("int g;\n"), std::vector<std::string>());
  EXPECT_EQ(remade("void g(void **p) { drop(p); }\n"), std::vector<std::string>{"offsets.s"});
}

TEST_F(FindUnits, CommentsInBuildFilesAreLeftOut) {
  unit("arch/x.c", "int f;\n");
  file("arch/Makefile", "obj-y += x.o\n");
  change("arch/Makefile", "# x\nobj-y += x.o\n");
  EXPECT_EQ(dumped(), "arch/Makefile: left out: only comments and white space differ\n");
}

TEST_F(FindUnits, SaysWhyADocumentIsLeftOut) {
  unit("x.c", "int f;\n");
  file("README.md", "a\n");
  change("README.md", "\na\n");
  EXPECT_EQ(dumped(), "README.md: left out: no unit of this build reads it\n");
}

TEST_F(FindUnits, SourceIncludedByAnotherIsFoundThere) {
  file("part.c", "static int f(void) { return 1; }\n");
  unit("x.c", "#include \"part.c\"\nint g(void) { return f(); }\n");
  change("part.c", "static int f(void) { return 2; }\n");
  EXPECT_EQ(dumped(), "x.c: sees part.c\n");
}

TEST_F(FindUnits, SaysThatTheTreeIsNotBuilt) {
  file("x.c", "int f;\n");
  change("x.c", "int g;\n");
  EXPECT_NE(dumped().find("is the tree built?"), std::string::npos);
}

} // namespace
} // namespace suture::builder
