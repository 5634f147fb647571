// SPDX-License-Identifier: Apache-2.0
// `suture vm` and its broker with the real suture-hv under QEMU: lifecycle, leftovers, processes
// that are killed, clients that misbehave.

#include "cli/tests/frame_relay.h"
#include "cli/tests/program.h"

#include "cli/client/stream.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <thread>

namespace suture {
namespace {

using format::Command;
using format::FrameHeader;
using format::LivepatchOp;
using std::chrono::milliseconds;
using suture::testing::Finished;
using suture::testing::FrameRelay;
using suture::testing::Program;
using suture::testing::runfile;
using suture::testing::ScratchFolder;

bool processLives(int pid) {
  // A zombie is gone, though its number is not yet.
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number;
  std::string name;
  std::string state;
  return stat >> number >> name >> state && state != "Z";
}

bool endsSoon(int pid) {
  for (int tries = 0; tries < 200; ++tries) {
    if (!processLives(pid))
      return true;
    std::this_thread::sleep_for(milliseconds{50});
  }
  return false;
}

class VmTest : public ::testing::Test {
protected:
  ~VmTest() override {
    for (const std::string name : {"default", "other"})
      run({"vm", "stop", "--name", name});
  }

  std::vector<std::string> commandLine(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), suture::testing::suturePath());
    return arguments;
  }
  std::vector<std::string> environment() const { return {"XDG_RUNTIME_DIR=" + runtimeFolder()}; }
  virtual std::string runtimeFolder() const { return scratch.path(); }
  Finished run(std::vector<std::string> arguments) const {
    return Program(commandLine(std::move(arguments)), environment())
        .wait(std::chrono::seconds{120});
  }
  static std::vector<std::string> startArguments(std::vector<std::string> more = {}) {
    more.insert(more.begin(),
                {"vm", "start", "--image", runfile("hypervisor/suture-hv"), "--guests",
                 runfile("hypervisor/guests/guests.cpio"), "--cpus", "2"});
    return more;
  }
  void start(std::vector<std::string> more = {}) {
    const Finished started = run(startArguments(std::move(more)));
    ASSERT_EQ(started.status, 0) << started.err;
  }
  nlohmann::json status() const {
    return nlohmann::json::parse(run({"vm", "status", "--json"}).out, nullptr, false);
  }
  std::string folder() const { return runtimeFolder() + "/suture/default"; }

  ScratchFolder scratch;
};

TEST_F(VmTest, StartsAnswersAndStopsInOrder) {
  const Finished started = run(startArguments({"--json"}));
  ASSERT_EQ(started.status, 0) << started.err;
  EXPECT_NE(started.err.find("30 ms"), std::string::npos) << "says that its time-out is longer";
  const nlohmann::json document = nlohmann::json::parse(started.out);
  EXPECT_EQ(document.at("guests"), nlohmann::json::array({"heartbeat"}));
  EXPECT_EQ(document.at("rendezvousTimeoutNs"), 2'000'000'000);
  EXPECT_EQ(document.at("memory"), 512) << "MiB, as a number";
  EXPECT_EQ(status().at("ready"), true);
  const Finished listing = run({"list", "--json"});
  EXPECT_EQ(nlohmann::json::parse(listing.out).at("hypervisorBuildId").get<std::string>().size(),
            40u);
  const Finished stopped = run({"vm", "stop"});
  EXPECT_EQ(stopped.status, 0) << stopped.err;
  EXPECT_NE(stopped.out.find("power-off"), std::string::npos) << stopped.out;
  EXPECT_FALSE(std::filesystem::exists(folder() + "/state.json"));
  EXPECT_FALSE(std::filesystem::exists(folder() + "/control.sock"));
  EXPECT_TRUE(endsSoon(document.at("qemuPid")));
  EXPECT_EQ(run({"list"}).status, 1);
}

TEST_F(VmTest, PrintsAGuestsConsoleAndFollowsItToTheEnd) {
  start();
  Program follower(commandLine({"vm", "console", "heartbeat", "--follow"}), environment());
  EXPECT_TRUE(follower.waitForOutput("heartbeat 3"));
  EXPECT_NE(run({"vm", "console"}).out.find("heartbeat 1"), std::string::npos)
      << "the only guest need not be named";
  EXPECT_NE(run({"vm", "console", "hv"}).out.find("ready"), std::string::npos);
  EXPECT_EQ(run({"vm", "console", "nobody"}).status, 2);
  ASSERT_EQ(run({"vm", "stop"}).status, 0);
  EXPECT_EQ(follower.wait().status, 0);
}

TEST_F(VmTest, ASecondStartIsRefusedAndAnotherNameIsNot) {
  start();
  const Finished again = run(startArguments());
  EXPECT_EQ(again.status, 3);
  EXPECT_NE(again.err.find("running already"), std::string::npos);
  EXPECT_EQ(run({"list"}).status, 0) << "the first is unharmed";
  start({"--name", "other"});
  EXPECT_EQ(status().at("running"), nlohmann::json::array({"default", "other"}));
  EXPECT_EQ(run({"list", "--target", "vm:other"}).status, 0);
}

TEST_F(VmTest, OfTwoStartsAtOnceOneWins) {
  Program first(commandLine(startArguments()), environment());
  Program second(commandLine(startArguments()), environment());
  std::array<int, 2> statuses{first.wait().status, second.wait().status};
  std::ranges::sort(statuses);
  EXPECT_EQ(statuses, (std::array<int, 2>{0, 3}));
  EXPECT_EQ(run({"list"}).status, 0);
}

TEST_F(VmTest, WhatAKilledVmLeftBehindIsNoObstacle) {
  start();
  const nlohmann::json before = status();
  kill(before.at("brokerPid").get<int>(), SIGKILL);
  EXPECT_TRUE(endsSoon(before.at("qemuPid"))) << "QEMU ends with the process that keeps it";
  EXPECT_TRUE(std::filesystem::exists(folder() + "/control.sock"));
  const Finished absent = run({"list"});
  EXPECT_EQ(absent.status, 1);
  EXPECT_NE(absent.err.find("suture vm start"), std::string::npos);
  start();
  EXPECT_EQ(run({"list"}).status, 0);
}

TEST_F(VmTest, AVmThatIsKilledIsGoneForItsClients) {
  start();
  const nlohmann::json before = status();
  kill(before.at("qemuPid").get<int>(), SIGKILL);
  EXPECT_TRUE(endsSoon(before.at("brokerPid")));
  EXPECT_EQ(run({"list"}).status, 1);
  EXPECT_EQ(run({"vm", "status"}).status, 1);
}

TEST_F(VmTest, KilledInMidUploadItFailsTheUploadClearly) {
  start();
  const std::string relayPath = scratch.path() + "/relay.sock";
  FrameRelay relay(
      relayPath, folder() + "/control.sock", [](const FrameHeader &header, const LivepatchOp &op) {
        return header.kind == 1 && op.command == static_cast<uint32_t>(Command::Upload);
      });
  const std::string file = scratch.file("big.livepatch", std::string(1024 * 1024, 'x'));
  Program upload(commandLine({"upload", "big", file, "--target", "unix:" + relayPath}),
                 environment());
  ASSERT_TRUE(relay.waitUntilHeld());
  const nlohmann::json before = status();
  kill(before.at("qemuPid").get<int>(), SIGKILL);
  EXPECT_TRUE(endsSoon(before.at("brokerPid")));
  relay.release();
  const Finished finished = upload.wait();
  EXPECT_EQ(finished.status, 1);
  EXPECT_NE(finished.err.find("error: "), std::string::npos);
}

TEST_F(VmTest, ThreeClientsAtOnceAndOneThatDiesInMidFrame) {
  start();
  auto dying = client::connectUnix(folder() + "/control.sock");
  ASSERT_TRUE(dying);
  const FrameHeader header{format::frameMagic, format::frameVersion, 1, 100'000, 1, 0, 2, 0, 0};
  ASSERT_EQ(send(dying->get(), &header, sizeof(header), 0), ssize_t{sizeof(header)});
  const std::string file = scratch.file("x.livepatch", std::string(500'000, 'x'));
  std::array<int, 3> statuses{};
  std::vector<std::thread> clients;
  for (size_t index = 0; index < 3; ++index)
    clients.emplace_back([&, index] {
      for (int round = 0; round < 5; ++round) {
        // The hypervisor says no to each upload: a whole way there and back with 500,000 bytes.
        const int uploaded = run({"upload", "x" + std::to_string(index), file}).status;
        statuses[index] += uploaded == 3 ? run({"list"}).status : 100;
      }
    });
  dying->reset();
  for (std::thread &thread : clients)
    thread.join();
  EXPECT_EQ(statuses, (std::array<int, 3>{0, 0, 0}));
}

TEST_F(VmTest, CtrlCDuringStartLeavesNothingRunning) {
  Program starting(commandLine(startArguments()), environment());
  std::this_thread::sleep_for(milliseconds{150});
  starting.signal(SIGINT);
  const Finished finished = starting.wait();
  if (finished.status == 0)
    GTEST_LOG_(INFO) << "it was ready before the signal came";
  else
    EXPECT_EQ(finished.status, -SIGINT) << finished.err;
  for (int tries = 0; finished.status != 0 && tries < 100 && run({"vm", "status"}).status == 0;
       ++tries)
    std::this_thread::sleep_for(milliseconds{50});
  EXPECT_EQ(run({"vm", "status"}).status == 0, finished.status == 0);
}

TEST_F(VmTest, AHypervisorThatDoesNotAnswerInTimeIsEndedAndItsLogShown) {
  const Finished finished = run(startArguments({"--wait", "30ms"}));
  EXPECT_EQ(finished.status, 4) << finished.err;
  EXPECT_NE(finished.err.find("did not answer"), std::string::npos);
}

/// A state folder whose sockets' paths are longer than a socket's address can be.
class VmWithALongPath : public VmTest {
protected:
  VmWithALongPath() { std::filesystem::create_directories(runtimeFolder()); }
  ~VmWithALongPath() override { run({"vm", "stop"}); }
  std::string runtimeFolder() const override {
    return scratch.path() + "/" + std::string(120, 'd');
  }
};

TEST_F(VmWithALongPath, WorksAllTheSame) {
  start();
  EXPECT_EQ(run({"list"}).status, 0);
  EXPECT_EQ(run({"vm", "stop"}).status, 0);
}

} // namespace
} // namespace suture
