// SPDX-License-Identifier: Apache-2.0
// The command against the real runtime, which patches functions of a host process: every control
// verb, what the runtime refuses, several clients at once, clients that die, Ctrl-C.

#include "cli/tests/frame_relay.h"
#include "cli/tests/program.h"

#include "cli/client/stream.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <sys/socket.h>
#include <thread>

namespace suture {
namespace {

using format::Command;
using format::FrameHeader;
using format::LivepatchOp;
using suture::testing::Finished;
using suture::testing::FrameRelay;
using suture::testing::Program;
using suture::testing::runfile;
using suture::testing::ScratchFolder;

class ControlTest : public ::testing::Test {
protected:
  ControlTest() { startServer(); }

  void startServer() {
    server.emplace(
        std::vector<std::string>{runfile("runtime/host/control_server"), "--socket", socketPath()});
    EXPECT_TRUE(server->waitForOutput("\n"));
  }
  std::string socketPath() const { return scratch.path() + "/server.sock"; }

  Finished run(std::vector<std::string> arguments) { return runAt(socketPath(), arguments); }
  static Finished runAt(const std::string &socket, const std::vector<std::string> &arguments) {
    return Program(commandLine(socket, arguments)).wait();
  }
  static std::vector<std::string> commandLine(const std::string &socket,
                                              std::vector<std::string> arguments) {
    // Threads stand in for CPUs; on a busy machine they come late.
    const std::string verb = arguments.front();
    if (verb == "load" || verb == "apply" || verb == "revert" || verb == "replace")
      arguments.insert(arguments.end(), {"--timeout", "2s"});
    arguments.insert(arguments.begin(), suture::testing::suturePath());
    arguments.insert(arguments.end(), {"--target", "unix:" + socket});
    return arguments;
  }
  nlohmann::json json(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    return nlohmann::json::parse(run(arguments).out, nullptr, false);
  }
  std::vector<std::string> loaded() {
    std::vector<std::string> names;
    const nlohmann::json listing = json({"list"});
    for (const auto &payload : listing.at("payloads"))
      names.push_back(payload.at("name"));
    return names;
  }
  std::string stateOf(const std::string &name) { return json({"get", name}).value("state", ""); }

  struct PayloadFile {
    std::string path;
    std::string buildId;
  };
  /// A payload for the server, on top of what has the build-id `depends`.
  PayloadFile makePayload(const std::string &name, const std::string &depends = hypervisorId,
                          const std::string &hypervisor = hypervisorId) {
    const std::string path = scratch.path() + "/" + name + ".livepatch";
    const std::string function = seed_ % 2 == 0 ? "demo_answer" : "demo_add";
    const Finished made =
        Program({runfile("runtime/testing/make_payload"), path, "--hypervisor", hypervisor,
                 "--depends", depends, "--seed", std::to_string(++seed_), "--function", function,
                 "--metadata", "name=" + name})
            .wait();
    EXPECT_EQ(made.status, 0) << made.err;
    std::string buildId = made.out;
    std::erase_if(buildId, [](char character) { return character == '\n'; });
    return {path, buildId};
  }

  static constexpr char hypervisorId[] = "73757475726520686f737420706c6174666f726d";

  ScratchFolder scratch;
  std::optional<Program> server;

private:
  unsigned seed_ = 0;
};

TEST_F(ControlTest, GoesThroughAllStatesOfAPayload) {
  const PayloadFile fix = makePayload("fix");
  const Finished uploaded = run({"upload", "fix", fix.path});
  EXPECT_EQ(uploaded.status, 0) << uploaded.err;
  EXPECT_NE(uploaded.out.find("build-id " + fix.buildId), std::string::npos) << uploaded.out;
  EXPECT_EQ(stateOf("fix"), "CHECKED");
  const Finished applied = run({"apply", "fix"});
  EXPECT_EQ(applied.status, 0) << applied.err;
  EXPECT_NE(applied.out.find("fix: applied (pause "), std::string::npos) << applied.out;
  EXPECT_NE(applied.out.find(" us, rendezvous "), std::string::npos) << applied.out;
  EXPECT_EQ(stateOf("fix"), "APPLIED");
  EXPECT_EQ(run({"revert", "fix"}).status, 0);
  EXPECT_EQ(stateOf("fix"), "CHECKED");
  EXPECT_EQ(run({"unload", "fix"}).status, 0);
  EXPECT_TRUE(loaded().empty());
}

TEST_F(ControlTest, WhatTheStateDoesNotAllowIsRefused) {
  const PayloadFile fix = makePayload("fix");
  EXPECT_EQ(run({"apply", "fix"}).status, 3) << "not loaded";
  ASSERT_EQ(run({"load", fix.path}).status, 0);
  for (const std::string verb : {"apply", "replace", "unload"})
    EXPECT_EQ(run({verb, "fix"}).status, 3) << verb;
  EXPECT_EQ(run({"load", fix.path}).status, 3) << "the name is taken";
  EXPECT_EQ(run({"upload", "fix", fix.path}).status, 3) << "the name is taken";
  ASSERT_EQ(run({"revert", "fix"}).status, 0);
  EXPECT_EQ(run({"revert", "fix"}).status, 3);
}

TEST_F(ControlTest, TheStackHasItsOrder) {
  const PayloadFile lower = makePayload("lower");
  const PayloadFile upper = makePayload("upper", lower.buildId);
  ASSERT_EQ(run({"upload", "upper", upper.path}).status, 0);
  const Finished early = run({"apply", "upper"});
  EXPECT_EQ(early.status, 3) << "what it depends on is not applied";
  ASSERT_EQ(run({"load", lower.path}).status, 0);
  ASSERT_EQ(run({"apply", "upper"}).status, 0);
  const nlohmann::json payloads = json({"list"}).at("payloads");
  EXPECT_EQ(payloads[0].at("name"), "upper");
  EXPECT_EQ(payloads[0].at("stack"), 2);
  EXPECT_EQ(payloads[0].at("depends"), lower.buildId);
  EXPECT_EQ(payloads[1].at("buildId"), lower.buildId);
  const Finished wrong = run({"revert", "lower"});
  EXPECT_EQ(wrong.status, 3);
  EXPECT_NE(wrong.err.find("upper"), std::string::npos) << wrong.err;
  EXPECT_EQ(run({"revert", "upper"}).status, 0);
  EXPECT_EQ(run({"revert", "lower"}).status, 0);
}

TEST_F(ControlTest, NodepsSkipsTheStackButNotTheHypervisor) {
  const PayloadFile first = makePayload("first");
  const PayloadFile debug = makePayload("debug");
  ASSERT_EQ(run({"load", first.path}).status, 0);
  const Finished refused = run({"load", debug.path});
  EXPECT_EQ(refused.status, 3);
  EXPECT_NE(refused.err.find("unloaded again"), std::string::npos) << refused.err;
  EXPECT_EQ(loaded(), std::vector<std::string>{"first"});
  EXPECT_EQ(run({"load", debug.path, "--nodeps"}).status, 0);
  const std::string other(40, 'a');
  const PayloadFile foreign = makePayload("foreign", other, other);
  EXPECT_EQ(run({"load", foreign.path, "--nodeps"}).status, 3);
  EXPECT_EQ(loaded().size(), 2u);
}

TEST_F(ControlTest, ReplaceTakesThePlaceOfAll) {
  const PayloadFile lower = makePayload("lower");
  const PayloadFile upper = makePayload("upper", lower.buildId);
  const PayloadFile all = makePayload("all");
  ASSERT_EQ(run({"load", lower.path}).status, 0);
  ASSERT_EQ(run({"load", upper.path}).status, 0);
  ASSERT_EQ(run({"upload", "all", all.path}).status, 0);
  const Finished replaced = run({"replace", "all"});
  EXPECT_EQ(replaced.status, 0) << replaced.err;
  EXPECT_EQ(stateOf("lower"), "CHECKED");
  EXPECT_EQ(stateOf("upper"), "CHECKED");
  EXPECT_EQ(run({"unload", "--all"}).status, 0);
  EXPECT_EQ(loaded(), std::vector<std::string>{"all"});
}

TEST_F(ControlTest, UnloadsSeveralAndSaysWhichItCouldNot) {
  const PayloadFile one = makePayload("one");
  const PayloadFile two = makePayload("two");
  ASSERT_EQ(run({"upload", "one", one.path}).status, 0);
  ASSERT_EQ(run({"upload", "two", two.path}).status, 0);
  const Finished finished = run({"unload", "one", "absent", "two", "--json"});
  EXPECT_EQ(finished.status, 3);
  const nlohmann::json document = nlohmann::json::parse(finished.out);
  EXPECT_EQ(document.at("results").size(), 3u);
  EXPECT_EQ(document.at("results")[1].at("ok"), false);
  EXPECT_TRUE(loaded().empty());
}

TEST_F(ControlTest, ListShowsNamesOfAnyLength) {
  const PayloadFile one = makePayload("one");
  const PayloadFile two = makePayload("two");
  const std::string longName(127, 'n');
  ASSERT_EQ(run({"upload", "a", one.path}).status, 0);
  ASSERT_EQ(run({"upload", longName, two.path}).status, 0);
  EXPECT_EQ(loaded(), (std::vector<std::string>{"a", longName}));
  const Finished table = run({"list"});
  EXPECT_NE(table.out.find("\n" + longName + "\n"), std::string::npos) << table.out;
  EXPECT_NE(table.out.find("hypervisor"), std::string::npos);
}

TEST_F(ControlTest, BrokenPayloadsAreTheRuntimesToRefuse) {
  const PayloadFile good = makePayload("good");
  const auto size = std::filesystem::file_size(good.path);
  const std::string text = scratch.file("text.livepatch", "this is not an ELF file");
  const std::string empty = scratch.file("empty.livepatch", "");
  for (const std::string &path : {text, empty}) {
    const Finished finished = run({"load", path});
    EXPECT_EQ(finished.status, 3) << path;
    EXPECT_NE(finished.err.find("error: "), std::string::npos);
  }
  for (size_t cut = 0; cut < size; cut += 64) {
    std::filesystem::resize_file(good.path, size - 1 - cut);
    ASSERT_EQ(run({"load", good.path}).status, 3) << "cut to " << size - 1 - cut << " bytes";
  }
  EXPECT_TRUE(loaded().empty());
}

TEST_F(ControlTest, ProbationRevertsByItselfUnlessConfirmed) {
  const PayloadFile fix = makePayload("fix");
  ASSERT_EQ(run({"upload", "fix", fix.path}).status, 0);
  const Finished applied = run({"apply", "fix", "--probation", "200ms"});
  ASSERT_EQ(applied.status, 0) << applied.err;
  EXPECT_NE(applied.out.find("suture confirm fix"), std::string::npos);
  for (int tries = 0; tries < 100 && stateOf("fix") == "APPLIED"; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  EXPECT_EQ(stateOf("fix"), "CHECKED");
  ASSERT_EQ(run({"apply", "fix", "--probation", "60s"}).status, 0);
  EXPECT_GT(json({"get", "fix"}).at("probationLeftMs"), 1000);
  EXPECT_EQ(run({"confirm", "fix"}).status, 0);
  EXPECT_EQ(json({"get", "fix"}).at("probationLeftMs"), 0);
  EXPECT_EQ(run({"confirm", "fix"}).status, 3) << "nothing to confirm any more";
}

TEST_F(ControlTest, ThreeClientsAtOnceAllSucceed) {
  std::vector<PayloadFile> files;
  for (int index = 0; index < 3; ++index)
    files.push_back(makePayload("p" + std::to_string(index)));
  std::vector<std::thread> clients;
  std::array<int, 3> statuses{};
  for (size_t index = 0; index < 3; ++index)
    clients.emplace_back([&, index] {
      const std::string name = "p" + std::to_string(index);
      for (int round = 0; round < 5; ++round) {
        statuses[index] += run({"upload", name, files[index].path}).status;
        statuses[index] += run({"list"}).status;
        statuses[index] += run({"unload", name}).status;
      }
    });
  for (std::thread &thread : clients)
    thread.join();
  EXPECT_EQ(statuses, (std::array<int, 3>{0, 0, 0}));
  EXPECT_TRUE(loaded().empty());
}

TEST_F(ControlTest, AClientKilledInMidFrameHarmsNobody) {
  const PayloadFile fix = makePayload("fix");
  {
    auto fd = client::connectUnix(socketPath());
    ASSERT_TRUE(fd);
    const FrameHeader header{format::frameMagic, format::frameVersion, 1, 1000, 1, 0, 2, 0, 0};
    ASSERT_EQ(send(fd->get(), &header, sizeof(header), 0), ssize_t{sizeof(header)});
  }
  EXPECT_EQ(run({"load", fix.path}).status, 0);
  EXPECT_EQ(stateOf("fix"), "APPLIED");
}

TEST_F(ControlTest, AServerThatDiesInMidUploadIsAClearFailure) {
  const PayloadFile fix = makePayload("fix");
  const std::string relayPath = scratch.path() + "/relay.sock";
  FrameRelay relay(relayPath, socketPath(), [](const FrameHeader &, const LivepatchOp &op) {
    return op.u.upload.size > 100 && op.command == static_cast<uint32_t>(Command::Upload);
  });
  Program client(commandLine(relayPath, {"upload", "fix", fix.path}));
  ASSERT_TRUE(relay.waitUntilHeld());
  server->signal(SIGKILL);
  server->wait();
  relay.release();
  const Finished finished = client.wait();
  EXPECT_EQ(finished.status, 1);
  EXPECT_NE(finished.err.find("closed"), std::string::npos) << finished.err;
}

/// Starts `suture load`, interrupts it while the request that `hold` selects is held back, and
/// tells what came of it.
class InterruptedLoad : public ControlTest {
protected:
  Finished interruptAt(Command command) {
    const PayloadFile fix = makePayload("fix");
    const std::string relayPath = scratch.path() + "/relay.sock";
    FrameRelay relay(relayPath, socketPath(),
                     [command](const FrameHeader &header, const LivepatchOp &op) {
                       return header.kind == 1 && op.command == static_cast<uint32_t>(command);
                     });
    Program client(commandLine(relayPath, {"load", fix.path, "--json"}));
    EXPECT_TRUE(relay.waitUntilHeld());
    client.signal(SIGINT);
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    relay.release();
    return client.wait();
  }
};

TEST_F(InterruptedLoad, DuringTheUploadLeavesNothingBehind) {
  const Finished finished = interruptAt(Command::Upload);
  EXPECT_EQ(finished.status, -SIGINT);
  EXPECT_NE(finished.err.find("unloaded again"), std::string::npos) << finished.err;
  EXPECT_TRUE(loaded().empty());
}

TEST_F(InterruptedLoad, DuringTheApplySaysWhatBecameOfIt) {
  const Finished finished = interruptAt(Command::Action);
  EXPECT_EQ(finished.status, -SIGINT);
  EXPECT_EQ(nlohmann::json::parse(finished.out).at("error").at("kind"), "interrupted");
  const bool applied = finished.err.find("fix is applied all the same") != std::string::npos;
  const bool gone = finished.err.find("unloaded again") != std::string::npos;
  EXPECT_NE(applied, gone) << finished.err;
  EXPECT_EQ(loaded().size(), applied ? 1u : 0u);
}

} // namespace
} // namespace suture
