// SPDX-License-Identifier: Apache-2.0
// Real functions of this program are patched while its threads run them.

#include "runtime/host/host_platform.h"

#include "runtime/core/core.h"
#include "runtime/host/demo_functions.h"
#include "runtime/host/own_image.h"
#include "runtime/testing/payload_file.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace suture::host {
namespace {

using testing::FileFunction;
using testing::PayloadFile;
using Core = LivepatchCore<HostPlatform>;

constexpr uint32_t longTimeoutNs = 4'000'000'000;

std::vector<uint8_t> buildId() { return std::vector<uint8_t>(20, 7); }

class Host : public ::testing::Test {
protected:
  void SetUp() override { ASSERT_TRUE(platform.isUsable()); }

  PayloadFile file(uint64_t seed, std::span<const uint8_t> depends) {
    return PayloadFile{platform.buildId(), depends, seed};
  }
  void upload(std::string_view name, const PayloadFile &payload) {
    const std::vector<std::byte> bytes = payload.build();
    auto done = core.upload(name, ByteView{bytes});
    ASSERT_TRUE(done) << describe(done.error()).view();
  }
  int32_t perform(std::string_view name, Action action) {
    auto asked = core.requestAction(
        {.name = name, .action = static_cast<uint32_t>(action), .timeoutNs = longTimeoutNs});
    if (!asked)
      return resultOf(asked.error());
    core.runPending();
    return core.payloads().find(name)->result;
  }

  HostPlatform platform{makeOwnImage(SUTURE_PATCHABLE_TEXT, buildId())};
  Core core{platform};
};

/// Calls through a pointer that the compiler cannot see through.
template <typename F> F *opaque(F *function) {
  __asm__("" : "+r"(function));
  return function;
}

TEST_F(Host, PatchedFunctionRunsNewCodeUntilItIsReverted) {
  PayloadFile fix = file(1, buildId());
  fix.addFunction({.name = "demo_answer"});
  upload("fix", fix);
  EXPECT_EQ(opaque(demo_answer)(), 41);
  ASSERT_EQ(perform("fix", Action::Apply), 0);
  EXPECT_EQ(opaque(demo_answer)(), 42);
  ASSERT_EQ(perform("fix", Action::Revert), 0);
  EXPECT_EQ(opaque(demo_answer)(), 41);
}

TEST_F(Host, FunctionThatStartsWithEndbr64IsPatchedBehindIt) {
  PayloadFile fix = file(1, buildId());
  fix.addFunction({.name = "demo_branch_target", .oldSize = 14});
  upload("fix", fix);
  ASSERT_EQ(perform("fix", Action::Apply), 0);
  EXPECT_EQ(opaque(demo_branch_target)(), 42);
  uint8_t head[4];
  ASSERT_TRUE(
      platform.readText(HvVirt{reinterpret_cast<uint64_t>(opaque(demo_branch_target))}, head));
  EXPECT_TRUE(std::ranges::equal(head, format::endbr64));
  ASSERT_EQ(perform("fix", Action::Revert), 0);
  EXPECT_EQ(opaque(demo_branch_target)(), 7);
}

TEST_F(Host, PayloadCallsTheTargetThroughARelocation) {
  PayloadFile fix = file(1, buildId());
  // call demo_answer; add $100,%eax; ret -- at the start of .text
  fix.addFunction({.name = "demo_refuse",
                   .code = {0x48, 0x83, 0xec, 0x08, // sub $8,%rsp
                            0xe8, 0, 0, 0, 0,       // call demo_answer
                            0x83, 0xc0, 0x64,       // add $100,%eax
                            0x48, 0x83, 0xc4, 0x08, // add $8,%rsp
                            0xc3}});                // ret
  const uint32_t symbol = fix.addSymbol({.name = "demo_answer"});
  fix.section(".text").relocations.push_back(
      {.offset = 5, .symbol = symbol, .type = 4, .addend = -4});
  upload("fix", fix);
  ASSERT_EQ(perform("fix", Action::Apply), 0);
  EXPECT_EQ(opaque(demo_refuse)(), 141);
  ASSERT_EQ(perform("fix", Action::Revert), 0);
  EXPECT_EQ(opaque(demo_refuse)(), -1);
}

TEST_F(Host, FunctionOfAnotherPayloadIsPatchedToo) {
  PayloadFile first = file(1, buildId());
  first.addFunction({.name = "demo_answer",
                     .code = {0xb8, 1, 0, 0, 0, 0xc3, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90}});
  upload("first", first);
  ASSERT_EQ(perform("first", Action::Apply), 0);
  ASSERT_EQ(opaque(demo_answer)(), 1);

  const HvVirt newCode = core.payloads().find("first")->loaded.functions[0].newAddress;
  PayloadFile second = file(2, PayloadFile::buildIdOf(1));
  second.addFunction({.name = "x", .oldAddress = newCode.value, .oldSize = 12});
  upload("second", second);
  ASSERT_EQ(perform("second", Action::Apply), 0);
  EXPECT_EQ(opaque(demo_answer)(), 42);
  const auto *user = core.payloads().find("first")->firstUser;
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(user->user->name(), "second");
  ASSERT_EQ(perform("second", Action::Revert), 0);
  EXPECT_EQ(opaque(demo_answer)(), 1);
  ASSERT_EQ(perform("first", Action::Revert), 0);
}

TEST_F(Host, HooksRunAsCodeOfThePayload) {
  PayloadFile fix = file(1, buildId());
  fix.addFunction({.name = "demo_answer"});
  fix.addHook(format::section::hooksPreapply);
  fix.addHook(format::section::hooksLoad);
  fix.addHook(format::section::hooksPostapply);
  upload("fix", fix);
  EXPECT_EQ(perform("fix", Action::Apply), 0);
  EXPECT_EQ(perform("fix", Action::Revert), 0);
}

TEST_F(Host, TextIsNeverWritableWhereItRunsAndNothingIsWritableAndExecutable) {
  PayloadFile fix = file(1, buildId());
  fix.addFunction({.name = "demo_answer"});
  fix.addSection({.name = ".data", .flags = elf::flagAlloc | elf::flagWrite, .data = {1, 2, 3}});
  upload("fix", fix);
  ASSERT_EQ(perform("fix", Action::Apply), 0);
  std::ifstream maps{"/proc/self/maps"};
  size_t lines = 0;
  for (std::string line; std::getline(maps, line); ++lines)
    EXPECT_EQ(line.find("wx"), std::string::npos) << line;
  EXPECT_GT(lines, 10u);
  ASSERT_EQ(perform("fix", Action::Revert), 0);
}

TEST_F(Host, MemoryIsReusedAfterUnload) {
  std::array<HvVirt, 3> text{};
  for (HvVirt &address : text) {
    PayloadFile fix = file(1, buildId());
    fix.addFunction({.name = "demo_answer"});
    upload("fix", fix);
    address = core.payloads().find("fix")->loaded.memory.get().text.address;
    ASSERT_TRUE(core.requestAction({.name = "fix", .action = 1}));
  }
  EXPECT_EQ(text[0], text[2]);
}

TEST_F(Host, ThreadsThatRunAFunctionSeeItOldOrNewWhileItIsPatched) {
  PayloadFile fix = file(1, buildId());
  fix.addFunction({.name = "demo_answer"});
  fix.addFunction({.name = "demo_add"});
  upload("fix", fix);

  struct Cpu {
    std::atomic<uint64_t> oldSeen{0}, newSeen{0}, wrong{0};
  };
  std::array<Cpu, 2> cpus;
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (Cpu &cpu : cpus) {
    platform.joinCpus();
    threads.emplace_back([&] {
      while (!stop) {
        for (int call = 0; call < 50; ++call) {
          const int answer = opaque(demo_answer)(), sum = opaque(demo_add)(20, 30);
          // Both change together, and only at a safe point.
          if (answer == 41 && sum == 50)
            cpu.oldSeen.fetch_add(1, std::memory_order_relaxed);
          else if (answer == 42 && sum == 42)
            cpu.newSeen.fetch_add(1, std::memory_order_relaxed);
          else
            cpu.wrong.fetch_add(1, std::memory_order_relaxed);
        }
        platform.safePoint();
      }
    });
  }
  for (int round = 0; round < 40; ++round) {
    ASSERT_EQ(perform("fix", Action::Apply), 0);
    ASSERT_EQ(opaque(demo_answer)(), 42);
    std::this_thread::yield();
    ASSERT_EQ(perform("fix", Action::Revert), 0);
    ASSERT_EQ(opaque(demo_answer)(), 41);
    std::this_thread::yield();
  }
  const format::ActionTimes &times = core.payloads().find("fix")->times;
  EXPECT_GT(times.pauseNs, 0u);
  EXPECT_GE(times.pauseNs, times.rendezvousNs);
  EXPECT_GE(times.totalNs, times.pauseNs);
  stop = true;
  for (std::thread &thread : threads)
    thread.join();
  for (Cpu &cpu : cpus) {
    EXPECT_EQ(cpu.wrong, 0u);
    EXPECT_GT(cpu.oldSeen + cpu.newSeen, 0u);
  }
}

TEST_F(Host, CpuThatNeverComesIsATimeOut) {
  PayloadFile fix = file(1, buildId());
  fix.addFunction({.name = "demo_answer"});
  upload("fix", fix);
  platform.joinCpus(); // A CPU with no thread behind it.
  auto asked = core.requestAction({.name = "fix", .action = 3, .timeoutNs = 2'000'000});
  ASSERT_TRUE(asked);
  core.runPending();
  EXPECT_EQ(core.payloads().find("fix")->result, -16);
  EXPECT_EQ(opaque(demo_answer)(), 41);
  EXPECT_EQ(describe(*core.payloads().find("fix")->failure).view(),
            "1 of 2 CPUs stopped within 2000000 ns; nothing was changed");
  platform.leaveCpus();
  EXPECT_EQ(perform("fix", Action::Apply), 0);
  EXPECT_EQ(perform("fix", Action::Revert), 0);
}

TEST(OwnImage, HasTheProgramsSymbolsWithSizes) {
  bool found = false;
  for (const HostSymbol &symbol : readOwnSymbols())
    if (symbol.name == "demo_answer") {
      found = true;
      EXPECT_EQ(symbol.address, reinterpret_cast<const void *>(&demo_answer));
      EXPECT_GE(symbol.size, 9u);
    }
  EXPECT_TRUE(found);
}

TEST(PayloadPool, RunsFullAndGivesNothingThen) {
  PayloadPool pool{PayloadPool::Kind::Data, reinterpret_cast<const void *>(&demo_answer), 65536};
  ASSERT_TRUE(pool.isUsable());
  auto most = pool.allocate(60000);
  ASSERT_TRUE(most);
  EXPECT_FALSE(pool.allocate(8192));
  EXPECT_TRUE(pool.contains(most->address, 60000));
  EXPECT_FALSE(pool.contains(most->address, 70000));
  pool.release(*most);
  EXPECT_TRUE(pool.allocate(65536));
}

} // namespace
} // namespace suture::host
