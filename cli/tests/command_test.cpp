// SPDX-License-Identifier: Apache-2.0
// The command as a user meets it, where no hypervisor is needed: usage errors, no VM, JSON, help.

#include "cli/tests/program.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

namespace suture {
namespace {

using suture::testing::Finished;
using suture::testing::Program;
using suture::testing::ScratchFolder;

class CommandTest : public ::testing::Test {
protected:
  Finished run(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
    arguments.insert(arguments.begin(), suture::testing::suturePath());
    environment.push_back("XDG_RUNTIME_DIR=" + scratch.path());
    return Program(arguments, environment).wait();
  }
  static nlohmann::json jsonOf(const Finished &finished) {
    return nlohmann::json::parse(finished.out, nullptr, false);
  }

  ScratchFolder scratch;
};

const std::vector<std::string> verbsWithAName{"apply",   "revert", "replace",
                                              "confirm", "unload", "get"};

TEST_F(CommandTest, HelpTeachesEachVerb) {
  for (const char *verb :
       {"upload", "load", "apply", "confirm", "revert", "replace", "unload", "list", "get"}) {
    const Finished help = run({verb, "--help"});
    EXPECT_EQ(help.status, 0) << verb;
    EXPECT_NE(help.out.find("suture " + std::string(verb)), std::string::npos) << verb;
    EXPECT_NE(help.out.find("Exit codes"), std::string::npos) << verb;
    EXPECT_NE(help.out.find("--json"), std::string::npos) << verb;
    EXPECT_NE(help.out.find("--target"), std::string::npos) << verb;
  }
  for (const char *verb : {"start", "status", "console", "stop"})
    EXPECT_NE(run({"vm", verb, "--help"}).out.find("Example"), std::string::npos) << verb;
}

TEST_F(CommandTest, WithoutAVmEveryVerbFailsAndSaysHowToStartOne) {
  const std::string payload = scratch.file("fix.livepatch", "x");
  std::vector<std::vector<std::string>> commands{
      {"list"}, {"load", payload}, {"upload", "fix", payload}};
  for (const std::string &verb : verbsWithAName)
    commands.push_back({verb, "fix"});
  commands.push_back({"vm", "status"});
  commands.push_back({"vm", "stop"});
  commands.push_back({"vm", "console", "hv"});
  for (const auto &command : commands) {
    const Finished finished = run(command);
    EXPECT_EQ(finished.status, 1) << command[0];
    EXPECT_NE(finished.err.find("suture vm start"), std::string::npos)
        << command[0] << finished.err;
    EXPECT_EQ(finished.out, "") << command[0];
  }
}

TEST_F(CommandTest, OutsideOfDom0ThereIsNoXen) {
  for (const std::vector<std::string> &command :
       {std::vector<std::string>{"list"}, {"get", "fix"}, {"apply", "fix"}, {"unload", "--all"}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"--target", "xen"});
    const Finished finished = run(arguments);
    EXPECT_EQ(finished.status, 1) << command[0];
    EXPECT_NE(finished.err.find("no Xen: "), std::string::npos) << command[0] << finished.err;
    EXPECT_EQ(finished.out, "") << command[0];
  }
}

TEST_F(CommandTest, AWrongNameIsAUsageError) {
  for (const std::string &verb : verbsWithAName) {
    EXPECT_EQ(run({verb, ""}).status, 2) << verb;
    EXPECT_EQ(run({verb, std::string(128, 'x')}).status, 2) << verb;
    EXPECT_EQ(run({verb, "a\nb"}).status, 2) << verb;
    EXPECT_EQ(run({verb, std::string(127, 'x')}).status, 1) << verb << ": good, but there is no VM";
  }
  const std::string payload = scratch.file("fix.livepatch", "x");
  EXPECT_EQ(run({"load", payload, "--name", std::string(128, 'x')}).status, 2);
  EXPECT_EQ(run({"upload", "\x1b[2J", payload}).status, 2);
}

TEST_F(CommandTest, DiagnosticsNeverCarryControlCharacters) {
  const Finished finished = run({"get", "\x1b[2J"});
  EXPECT_EQ(finished.err.find('\x1b'), std::string::npos);
  EXPECT_NE(finished.err.find("\\x1b[2J"), std::string::npos);
}

TEST_F(CommandTest, OtherUsageErrors) {
  for (const std::vector<std::string> &command : {std::vector<std::string>{},
                                                  {"no-such-verb"},
                                                  {"list", "--no-such-option"},
                                                  {"apply"},
                                                  {"apply", "x", "--timeout", "30"},
                                                  {"apply", "x", "--timeout", "5s"},
                                                  {"apply", "x", "--probation", "soon"},
                                                  {"apply", "x", "--wait", "0s"},
                                                  {"unload"},
                                                  {"unload", "x", "--all"},
                                                  {"list", "--target", "nonsense"},
                                                  {"vm"},
                                                  {"vm", "start", "--cpus", "0"},
                                                  {"vm", "start", "--cpus", "65"},
                                                  {"vm", "status", "--name", "../etc"}})
    EXPECT_EQ(run(command).status, 2) << ::testing::PrintToString(command);
}

TEST_F(CommandTest, JsonHoldsErrorsToo) {
  const Finished usage = run({"apply", "--json"});
  EXPECT_EQ(jsonOf(usage)["error"]["kind"], "usage");
  EXPECT_EQ(jsonOf(usage)["error"]["exitCode"], 2);
  const Finished absent = run({"list", "--json"});
  EXPECT_EQ(absent.status, 1);
  EXPECT_EQ(jsonOf(absent)["verb"], "list");
  EXPECT_EQ(jsonOf(absent)["ok"], false);
  EXPECT_EQ(jsonOf(absent)["error"]["kind"], "unreachable");
}

TEST_F(CommandTest, AFileThatIsNotThereIsAFailure) {
  const Finished finished = run({"load", scratch.path() + "/nothing.livepatch"});
  EXPECT_EQ(finished.status, 1);
  EXPECT_NE(finished.err.find("nothing.livepatch"), std::string::npos);
  EXPECT_EQ(run({"load", scratch.path()}).status, 1) << "a folder";
}

TEST_F(CommandTest, AFileLargerThanAnyPayloadIsRefused) {
  const std::string path = scratch.file("big.livepatch", "");
  std::filesystem::resize_file(path, 2 * 1024 * 1024 + 1);
  EXPECT_EQ(run({"load", path}).status, 3);
}

TEST_F(CommandTest, ASocketNobodyListensAtIsUnreachable) {
  const std::string path = scratch.file("stale.sock", "");
  const Finished finished = run({"list", "--json", "--target", "unix:" + path});
  EXPECT_EQ(finished.status, 1);
  EXPECT_EQ(jsonOf(finished)["error"]["kind"], "unreachable");
}

TEST_F(CommandTest, AStateFolderThatOthersCanWriteToIsNotUsed) {
  const std::string folder = scratch.path() + "/suture";
  ASSERT_EQ(mkdir(folder.c_str(), 0700), 0);
  ASSERT_EQ(chmod(folder.c_str(), 0777), 0);
  const Finished finished = run({"vm", "status"});
  EXPECT_EQ(finished.status, 1);
  EXPECT_NE(finished.err.find("0700"), std::string::npos);
}

TEST_F(CommandTest, VmStartNamesWhatIsWrongWithItsFiles) {
  const Finished missing = run({"vm", "start", "--image", scratch.path() + "/nothing"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_NE(missing.err.find("no such file"), std::string::npos);
  const std::string image = scratch.file("image", "x");
  const Finished archive = run({"vm", "start", "--image", image, "--guests", image});
  EXPECT_EQ(archive.status, 3);
  EXPECT_NE(archive.err.find("cpio"), std::string::npos);
}

TEST_F(CommandTest, VmStartShowsWhyQemuEndedAndLeavesNothingRunning) {
  const std::string image = scratch.file("image", "this is no kernel");
  const Finished finished = run({"vm", "start", "--image", image, "--json"});
  EXPECT_EQ(finished.status, 1);
  EXPECT_NE(finished.err.find("QEMU ended"), std::string::npos) << finished.err;
  EXPECT_EQ(jsonOf(finished)["ok"], false);
  EXPECT_EQ(run({"vm", "status"}).status, 1);
}

TEST_F(CommandTest, WithoutTheBuilderBuildSaysWhatIsMissing) {
  // No tool lies beside a copy of the program, and none on this PATH.
  const std::string copy = scratch.path() + "/suture-copy";
  std::filesystem::copy_file(std::filesystem::canonical(suture::testing::suturePath()), copy);
  const Finished finished = Program({copy, "build", "--help"}, {"PATH=/nowhere"}).wait();
  EXPECT_EQ(finished.status, 1);
  EXPECT_NE(finished.err.find("suture-build"), std::string::npos);
}

} // namespace
} // namespace suture
