// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/pipeline/build_payload.h"

#include "payload-builder/pipeline/case_target.h"
#include "payload-builder/support/payload_file.h"
#include "payload-builder/support/text_file.h"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

namespace fs = std::filesystem;

CaseFile caseOf(const std::string &base, const std::string &patched) {
  CaseFile test;
  test.name = "a.c";
  test.base["a.c"] = base;
  test.patched["a.c"] = patched;
  return test;
}

const CaseFile bounds = caseOf("int table[8];\n"
                               "int get(unsigned i) { return table[i]; }\n",
                               "int table[8];\n"
                               "int get(unsigned i) { return i < 8 ? table[i] : -1; }\n");

std::vector<std::string> codes(const BuildResult &result) {
  std::vector<std::string> names;
  for (const Refusal &refusal : result.refusals)
    names.emplace_back(codeName(refusal.code));
  return names;
}

TEST(BuildPayload, SourceOfAnotherBuildIsRefusedWithTheFirstDifference) {
  const CaseTarget target(bounds, "gcc");
  must(writeFile(target.root() + "/a.c",
                 "int table[8];\nint get(unsigned i) { return table[i + 1]; }\n"));
  const std::string diff = "--- a/a.c\n+++ b/a.c\n@@ -1,2 +1,2 @@\n int table[8];\n"
                           "-int get(unsigned i) { return table[i + 1]; }\n"
                           "+int get(unsigned i) { return table[i + 2]; }\n";
  const BuildResult result = must(buildPayload(target.request(diff)));
  EXPECT_EQ(codes(result), std::vector<std::string>{"reproduction-mismatch"});
  EXPECT_NE(result.refusals.at(0).reason.find("first difference at byte"), std::string::npos);
  EXPECT_NE(result.refusals.at(0).reason.find("Of 2 functions and objects of this unit, 1 is not"),
            std::string::npos);
  EXPECT_NE(result.refusals.at(0).advice.find("The compiler is of the same version"),
            std::string::npos);
}

TEST(BuildPayload, AnotherCompilerThanTheTargetsIsNamed) {
  const CaseTarget target(bounds, "gcc");
  const std::string commands = target.folder() + "/commands.json";
  std::string text = must(readFile(commands));
  const size_t name = text.find("\"gcc\"");
  ASSERT_NE(name, std::string::npos);
  must(writeFile(commands, text.replace(name, 5, "\"clang-19\"")));
  const BuildResult result = must(buildPayload(target.request(target.diff(bounds))));
  EXPECT_EQ(codes(result), std::vector<std::string>{"reproduction-mismatch"});
  EXPECT_TRUE(result.refusals.at(0).advice.contains("clang version 19"));
  EXPECT_TRUE(result.refusals.at(0).advice.contains("the target was built with GCC: "));
}

struct Lower {
  BuildResult result;
  std::string path;
};

/// A payload for others to be built on, in a file of its own.
Lower buildLower(const CaseTarget &target, const BuildRequest &request) {
  Lower lower{must(buildPayload(request)), target.folder() + "/lower.livepatch"};
  EXPECT_EQ(lower.result.outcome, BuildOutcome::Built);
  must(writeFile(lower.path, lower.result.link.payload));
  return lower;
}

TEST(BuildPayload, AStackedPayloadBuildsOnTheOneUnderneath) {
  const CaseTarget target(bounds, "gcc");
  const Lower lower = buildLower(target, target.request(target.diff(bounds)));
  BuildRequest request =
      target.request("--- a/a.c\n+++ b/a.c\n@@ -1,2 +1,2 @@\n int table[8];\n"
                     "-int get(unsigned i) { return i < 8 ? table[i] : -1; }\n"
                     "+int get(unsigned i) { return i < 8 ? table[i] : -22; }\n");
  request.lowerPaths = {lower.path};
  const BuildResult upper = must(buildPayload(request));
  ASSERT_EQ(upper.outcome, BuildOutcome::Built) << toString(upper.refusals.at(0));
  const PayloadFile payload = must(PayloadFile::fromBytes(upper.link.payload, "upper"));
  EXPECT_EQ(toHex(payload.depends()), toHex(lower.result.link.buildId));
  EXPECT_NE(toHex(payload.xenDepends()), toHex(payload.depends()));
  // What stands at the patched address then is the lower payload's jump.
  EXPECT_TRUE(upper.plan.functions.at(0).expectation.empty());
}

TEST(BuildPayload, OtherFunctionsOfTheUnitMayBePatchedUnderneath) {
  const std::string get = "int get(unsigned i) { return table[i] * 3; }\n";
  const std::string set = "int set(unsigned i) { return table[i] = 5; }\n";
  CaseFile test =
      caseOf("int table[8];\n" + get + set,
             "int table[8];\n" + get + "int set(unsigned i) { return table[i] = 6; }\n");
  const CaseTarget target(test, "gcc");
  const std::string source = target.folder() + "/r.c";
  must(writeFile(source, "#include <suture/payload.h>\n"
                         "SUTURE_FUNCTION int mine(unsigned i) { return i + 77; }\n"
                         "SUTURE_REPLACE(\"set\", mine);\n"));
  BuildRequest byHand = target.request("");
  byHand.patches.clear();
  byHand.replacement = {.sources = {source}, .compiler = "gcc", .flags = {}};
  for (const BuildRequest &below : {target.request(target.diff(test)), byHand}) {
    const Lower lower = buildLower(target, below);
    BuildRequest request =
        target.request("--- a/a.c\n+++ b/a.c\n@@ -1,2 +1,2 @@\n int table[8];\n-" + get +
                       "+int get(unsigned i) { return table[i] * 4; }\n");
    request.lowerPaths = {lower.path};
    const BuildResult upper = must(buildPayload(request));
    EXPECT_EQ(upper.outcome, BuildOutcome::Built) << toString(upper.refusals.at(0));
    // Without it named, the target's own code is expected there, and the source still gives that.
    request.lowerPaths.clear();
    EXPECT_EQ(must(buildPayload(request)).outcome, BuildOutcome::Built);
  }
}

/// A payload with another value of a constant, and one on top of it that changes a reader.
BuildResult onTopOfAChangedConstant(const std::string &keyword, const std::string &reader) {
  const std::string get = "int get(unsigned i) { return limits[i % 5] * 3; }\n";
  const std::string later = "int last(unsigned i) { return limits[i % 5] * 7; }\n";
  CaseFile test = caseOf(keyword + "const int limits[5] = {10, 20, 30, 40, 50};\n" + get,
                         keyword + "const int limits[5] = {10, 20, 30, 44, 50};\n" + get);
  test.base["b.c"] = "extern const int limits[5];\n" + later;
  if (!keyword.empty())
    test.base["b.c"] = "int last(unsigned i) { return i * 7; }\n";
  const CaseTarget target(test, "gcc");
  const Lower lower = buildLower(target, target.request(target.diff(test)));
  const bool isGet = reader == "get";
  const std::string before = isGet ? get : later;
  std::string after = before;
  after.replace(after.find("* "), 3, "* 5");
  BuildRequest request =
      target.request(isGet ? "--- a/a.c\n+++ b/a.c\n@@ -2 +2 @@\n-" + before + "+" + after
                           : "--- a/b.c\n+++ b/b.c\n@@ -2 +2 @@\n-" + before + "+" + after);
  request.lowerPaths = {lower.path};
  return must(buildPayload(request));
}

TEST(BuildPayload, AConstantThatAPayloadUnderneathChangedKeepsItsNewValue) {
  for (const char *keyword : {"", "static "}) {
    const BuildResult upper = onTopOfAChangedConstant(keyword, "get");
    ASSERT_EQ(upper.outcome, BuildOutcome::Built) << toString(upper.refusals.at(0));
    const auto chunk = std::ranges::find(upper.plan.chunks, "limits", &Chunk::description);
    ASSERT_NE(chunk, upper.plan.chunks.end());
    EXPECT_EQ(chunk->bytes.at(3 * sizeof(int)), 44);
  }
}

TEST(BuildPayload, AConstantOfAnotherFileThatAPayloadUnderneathChangedIsRefused) {
  const BuildResult upper = onTopOfAChangedConstant("", "last");
  EXPECT_EQ(codes(upper), std::vector<std::string>{"ambiguous-target-symbol"});
}

TEST(BuildPayload, ACacheChangesNoByteOfAPayload) {
  const CaseTarget target(bounds, "gcc");
  BuildRequest request = target.request(target.diff(bounds));
  const std::string without = must(buildPayload(request)).link.payload;
  ASSERT_NE(without, "");
  request.cacheFolder = target.folder() + "/cache";
  for (const size_t hits : {size_t{0}, size_t{1}}) {
    const BuildResult result = must(buildPayload(request));
    EXPECT_EQ(result.cache.hits, hits);
    EXPECT_EQ(result.objectCache.hits, hits);
    EXPECT_EQ(result.link.payload, without);
  }
}

/// Base objects that had to be compiled, where the build left its own beside lists of what they
/// were made of. The payload is the same as without those.
size_t compiledBases(const CaseTarget &target, const CaseFile &test) {
  BuildRequest request = target.request(target.diff(test));
  const std::string without = must(buildPayload(request)).link.payload;
  EXPECT_NE(without, "");
  request.compileCommandsPath = target.listingCommands();
  request.cacheFolder = target.folder() + "/cache";
  const BuildResult result = must(buildPayload(request));
  EXPECT_EQ(result.link.payload, without);
  return result.objectCache.misses;
}

/// A unit in which most does not change: that shows the build's compiler and flags.
CaseFile besideOthers(const std::string &base, const std::string &patched) {
  const std::string others = "int third(int x) { return x / 3 + 1; }\n"
                             "int fifth(int x) { return x / 5 - 1; }\n"
                             "long square(long x) { for (int i = 0; i < 9; ++i) x = x * x + i;\n"
                             "                      return x; }\n";
  return caseOf(base + others, patched + others);
}

const CaseFile checked =
    besideOthers("int table[8];\nint get(unsigned i) { return table[i]; }\n",
                 "int table[8];\nint get(unsigned i) { return i < 8 ? table[i] : -1; }\n");

TEST(BuildPayload, TheObjectThatTheBuildLeftStandsForTheBase) {
  EXPECT_EQ(compiledBases(CaseTarget(checked, "gcc"), checked), 0u);
}

TEST(BuildPayload, AnObjectOlderThanItsSourceIsNotTaken) {
  const CaseTarget target(checked, "gcc");
  must(writeFile(target.root() + "/a.c", checked.base.at("a.c")));
  EXPECT_EQ(compiledBases(target, checked), 1u);
}

TEST(BuildPayload, AnObjectOfWhichLittleStaysTheSameIsNoWitnessOfCompilerAndFlags) {
  EXPECT_EQ(compiledBases(CaseTarget(bounds, "gcc"), bounds), 1u);
}

TEST(BuildPayload, OtherFlagsOrAnotherCompilerThanTheBuildsAreRefusedBesideItsObject) {
  for (const auto &[from, to] : {std::pair("\"gcc\"", "\"clang-19\""), std::pair("-O2", "-O1")}) {
    const CaseTarget target(checked, "gcc");
    BuildRequest request = target.request(target.diff(checked));
    request.compileCommandsPath = target.listingCommands();
    std::string text = must(readFile(request.compileCommandsPath));
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos);
    must(writeFile(request.compileCommandsPath, text.replace(at, std::string(from).size(), to)));
    EXPECT_EQ(codes(must(buildPayload(request))), std::vector<std::string>{"reproduction-mismatch"})
        << to;
  }
}

TEST(BuildPayload, WhereDebugInformationIsNeededTheBuildsObjectIsNotEnough) {
  const auto source = [](const std::string &more) {
    return "int count(int n) { static int sum; sum += n" + more + "; return sum; }\n";
  };
  const std::string second = "int mark(int n) { static int sum; sum -= n; return sum; }\n";
  const CaseFile one = besideOthers(source(""), source(" & 0xff"));
  EXPECT_EQ(compiledBases(CaseTarget(one, "gcc"), one), 0u);
  const CaseFile two = besideOthers(source("") + second, source(" & 0xff") + second);
  EXPECT_EQ(compiledBases(CaseTarget(two, "gcc"), two), 1u);
}

TEST(BuildPayload, CodeThatTheAssemblerLaidOutOtherwiseIsNoDifference) {
  // In one section, the jump between the functions is short.
  const auto source = [](const std::string &factor) {
    return "__attribute__((noinline)) static int sum(int x) { asm(\"\"); return x / 7 * " + factor +
           "; }\nint tail(int x) { return sum(x + 1); }\n";
  };
  const CaseFile jump = besideOthers(source("3"), source("5"));
  EXPECT_EQ(compiledBases(CaseTarget(jump, "gcc"), jump), 1u);
}

TEST(BuildPayload, AddressThatEscapesMarksThePayload) {
  const CaseFile registers =
      caseOf("void (*hook)(void);\nint run(int x) { return x * 17 + 3; }\n",
             "void (*hook)(void);\nint seen;\nstatic void count(void) { seen++; }\n"
             "int run(int x) { hook = count; return x * 17 + 3; }\n");
  const CaseTarget target(registers, "gcc");
  const BuildResult result = must(buildPayload(target.request(target.diff(registers))));
  ASSERT_EQ(result.outcome, BuildOutcome::Built);
  ASSERT_EQ(result.escapes.size(), 1u);
  EXPECT_EQ(result.escapes[0].subject, "count");
  EXPECT_NE(result.link.payload.find(std::string("unload=no\0", 10)), std::string::npos);
}

TEST(BuildPayload, SaysWhatEachStageTook) {
  const CaseTarget target(bounds, "gcc");
  const BuildResult result = must(buildPayload(target.request(target.diff(bounds))));
  ASSERT_EQ(result.times.size(), 7u);
  for (const StageTime &time : result.times)
    EXPECT_GT(time.peakBytes, 1u << 20) << stageName(time.stage);
  EXPECT_GT(result.compilerSeconds, 0);
  EXPECT_GT(result.compilerPeakBytes, 1u << 20);
  EXPECT_GT(result.parserSeconds, 0);
}

TEST(BuildPayload, APayloadOfAnotherImageIsNoDependency) {
  const CaseTarget one(bounds, "gcc");
  CaseFile otherCase = bounds;
  otherCase.base["b.c"] = "int other;\nint h(int x) { return x + other; }\n";
  const CaseTarget other(otherCase, "gcc");
  const Lower lower = buildLower(one, one.request(one.diff(bounds)));
  BuildRequest request = other.request(other.diff(otherCase));
  request.lowerPaths = {lower.path};
  const BuildResult result = must(buildPayload(request));
  EXPECT_EQ(codes(result), std::vector<std::string>{"dependency-not-of-this-image"});
}

TEST(BuildPayload, WhatDoesNotCompileIsAnErrorThatNamesTheUsersFile) {
  const CaseFile broken = caseOf(bounds.base.at("a.c"), "int table[8];\nint get( { }\n");
  const CaseTarget target(broken, "gcc");
  auto result = buildPayload(target.request(target.diff(broken)));
  ASSERT_FALSE(static_cast<bool>(result));
  const std::string message = toString(result.takeError());
  EXPECT_NE(message.find("a.c:2"), std::string::npos) << message;
  EXPECT_EQ(message.find("/suture-"), message.find(target.folder())) << message;
}

TEST(BuildPayload, LeavesTheTreeAloneAndNoTemporaryFolderBehind) {
  const CaseTarget target(bounds, "gcc");
  const std::string temporary = target.folder() + "/tmp";
  fs::create_directory(temporary);
  // Nothing can be written to a tree without the permission (root may all the same).
  fs::permissions(target.root(), fs::perms::owner_read | fs::perms::owner_exec);
  const std::string diff = target.diff(bounds);
  ::setenv("TMPDIR", temporary.c_str(), 1);
  const BuildResult result = must(buildPayload(target.request(diff)));
  ::unsetenv("TMPDIR");
  fs::permissions(target.root(), fs::perms::owner_all);
  EXPECT_EQ(result.outcome, BuildOutcome::Built);
  EXPECT_TRUE(fs::is_empty(temporary));
  std::vector<std::string> files;
  for (const auto &entry : fs::recursive_directory_iterator(target.root()))
    files.push_back(entry.path().filename().string());
  EXPECT_EQ(files, std::vector<std::string>{"a.c"});
  EXPECT_EQ(must(readFile(target.root() + "/a.c")), bounds.base.at("a.c"));
}

TEST(BuildPayload, AnImageThatIsNoneIsAnErrorThatNamesIt) {
  const CaseTarget target(bounds, "gcc");
  BuildRequest request = target.request(target.diff(bounds));
  for (const auto &[path, why] : {std::pair(target.folder() + "/none", "No such file"),
                                  std::pair(target.root() + "/a.c", "is not an ELF file"),
                                  std::pair(target.folder() + "/0.o", "is not a linked image")}) {
    request.imagePath = path;
    auto result = buildPayload(request);
    ASSERT_FALSE(static_cast<bool>(result));
    const std::string message = toString(result.takeError());
    EXPECT_NE(message.find(path), std::string::npos) << message;
    EXPECT_NE(message.find(why), std::string::npos) << message;
  }
}

TEST(BuildPayload, EveryStageCanBeDumpedAndTheTextIsStable) {
  const CaseTarget target(bounds, "gcc");
  BuildRequest request = target.request(target.diff(bounds));
  for (const Stage stage : {Stage::Diff, Stage::Units, Stage::Changes, Stage::Objects, Stage::Plan,
                            Stage::Link, Stage::Verify}) {
    request.dumpStage = stage;
    const BuildResult first = must(buildPayload(request));
    EXPECT_EQ(first.outcome, BuildOutcome::Dumped);
    EXPECT_NE(first.dump, "") << stageName(stage);
    EXPECT_EQ(must(buildPayload(request)).dump, first.dump) << stageName(stage);
  }
}

TEST(BuildPayload, AReplacementSourceBecomesAPayload) {
  const CaseTarget target(bounds, "gcc");
  const std::string source = target.folder() + "/r.c";
  must(writeFile(source, "#include <suture/payload.h>\n"
                         "extern int table[8];\n"
                         "SUTURE_FUNCTION int mine(unsigned i) { return table[i & 7]; }\n"
                         "SUTURE_REPLACE(\"get\", mine);\n"
                         "static void onLoad(void) { table[0] = 1; }\n"
                         "SUTURE_LOAD_HOOK(onLoad);\n"));
  for (const std::string compiler : {"gcc", "clang-19"}) {
    BuildRequest request = target.request("");
    request.patches.clear();
    request.replacement = {.sources = {source}, .compiler = compiler, .flags = {}};
    const BuildResult result = must(buildPayload(request));
    ASSERT_EQ(result.outcome, BuildOutcome::Built) << toString(result.refusals.at(0));
    const PayloadFile payload = must(PayloadFile::fromBytes(result.link.payload, "r"));
    ASSERT_EQ(payload.functions().size(), 1u);
    EXPECT_EQ(payload.functions()[0].name, "get");
    EXPECT_EQ(payload.hooks().at(".livepatch.hooks.load"), 1u);
  }
}

TEST(BuildPayload, AReplacementThatTouchesMoreRegistersIsRefused) {
  const CaseTarget target(bounds, "gcc");
  const std::string source = target.folder() + "/r.c";
  must(writeFile(source, "#include <suture/payload.h>\n"
                         "extern int table[8];\n"
                         "int mine(unsigned i) {\n"
                         "  __asm__ volatile(\"xor %%r11d, %%r11d\" ::: \"r11\");\n"
                         "  return table[i & 7];\n"
                         "}\n"
                         "SUTURE_REPLACE(\"get\", mine);\n"));
  BuildRequest request = target.request("");
  request.patches.clear();
  request.replacement = {.sources = {source}, .compiler = "gcc", .flags = {}};
  const BuildResult result = must(buildPayload(request));
  EXPECT_EQ(codes(result), std::vector<std::string>{"replacement-clobbers-registers"});
  EXPECT_NE(result.refusals.at(0).reason.find("r11"), std::string::npos);
}

TEST(BuildPayload, AReplacementOfWhatTheTargetHasNotIsRefused) {
  const CaseTarget target(bounds, "gcc");
  const std::string source = target.folder() + "/r.c";
  must(writeFile(source, "#include <suture/payload.h>\n"
                         "SUTURE_FUNCTION int mine(int i) { return i; }\n"
                         "SUTURE_REPLACE(\"absent\", mine);\n"));
  BuildRequest request = target.request("");
  request.patches.clear();
  request.replacement = {.sources = {source}, .compiler = "gcc", .flags = {}};
  EXPECT_EQ(codes(must(buildPayload(request))),
            std::vector<std::string>{"target-function-missing"});
  must(writeFile(source, "int nothing(int i) { return i; }\n"));
  EXPECT_EQ(codes(must(buildPayload(request))), std::vector<std::string>{"replacement-undeclared"});
}

} // namespace
} // namespace suture::builder
