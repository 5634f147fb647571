// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/process.h"

#include <cstdlib>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

ProcessResult run(ProcessRequest request) {
  llvm::Expected<ProcessResult> result = runProcess(request);
  if (result)
    return *result;
  ADD_FAILURE() << toString(result.takeError());
  return {};
}

TEST(Process, KeepsBothStreamsAndTheStatus) {
  const auto result = run({.arguments = {"sh", "-c", "echo out; echo err >&2; exit 7"},
                           .directory = "",
                           .environment = {}});
  EXPECT_EQ(result.status, 7);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
}

TEST(Process, PassesArgumentsAsTheyAreAndRunsInTheFolder) {
  const auto result = run(
      {.arguments = {"sh", "-c", "printf '%s|%s|%s' \"$1\" \"$PWD\" \"$ADDED\"", "sh", "a b;$c"},
       .directory = "/usr",
       .environment = {"ADDED=yes"}});
  EXPECT_EQ(result.output, "a b;$c|/usr|yes");
}

TEST(Process, GivesAVariableTheNewValueInAShellToo) {
  ::setenv("SUTURE_PROCESS_TEST", "old", 1);
  auto result = runProcess({.arguments = {"sh", "-c", "echo $SUTURE_PROCESS_TEST"},
                            .directory = "",
                            .environment = {"SUTURE_PROCESS_TEST=new"}});
  ::unsetenv("SUTURE_PROCESS_TEST");
  ASSERT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(result->output, "new\n");
}

TEST(Process, KeepsNoMoreThanTheLimitAndDoesNotBlock) {
  ProcessRequest request{
      .arguments = {"sh", "-c", "yes | head -c 3000000"}, .directory = "", .environment = {}};
  request.outputLimit = 1000;
  const auto result = run(request);
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.output.size(), 1000u);
}

TEST(Process, AMissingProgramIsAnErrorThatNamesIt) {
  llvm::Expected<ProcessResult> result =
      runProcess({.arguments = {"no-such-compiler"}, .directory = "", .environment = {}});
  ASSERT_FALSE(static_cast<bool>(result));
  EXPECT_NE(toString(result.takeError()).find("no-such-compiler"), std::string::npos);
}

TEST(Process, IsKilledAtItsTimeOut) {
  ProcessRequest request{.arguments = {"sleep", "60"}, .directory = "", .environment = {}};
  request.timeoutSeconds = 1;
  llvm::Expected<ProcessResult> result = runProcess(request);
  ASSERT_FALSE(static_cast<bool>(result));
  EXPECT_NE(toString(result.takeError()).find("killed after 1 s"), std::string::npos);
}

} // namespace
} // namespace suture::builder
