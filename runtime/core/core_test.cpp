// SPDX-License-Identifier: Apache-2.0
// What the core does when all checks pass: bytes, states, order of steps, stack, times, probation.
// What it refuses stands in runtime/testing/checks.

#include "runtime/core/hook_payload.h"
#include "runtime/testing/checks/scene.h"

#include <algorithm>
#include <cstring>

namespace suture::testing {
namespace {

namespace section = format::section;
using Written = std::vector<uint8_t>;

/// `E9 rel32` at `site` to the start of the payload's text.
Written jumpTo(HvVirt site, HvVirt target) {
  Written bytes(5, 0xe9);
  const auto displacement = static_cast<uint32_t>(target - (site + 5));
  std::memcpy(bytes.data() + 1, &displacement, 4);
  return bytes;
}

TEST(Apply, WritesAJumpAndRevertPutsTheOldBytesBack) {
  Scene scene;
  const Written before(scene.platform.text().begin(), scene.platform.text().end());
  expectDone(scene.upload("fix", scene.valid()));
  ASSERT_EQ(scene.perform("fix", Action::Apply), 0);
  EXPECT_EQ(scene.platform.peek(Scene::victim, 5), jumpTo(Scene::victim, textOf(scene, "fix")));
  EXPECT_EQ(scene.payload("fix").state, State::Applied);
  EXPECT_EQ(scene.payload("fix").stackPosition, 1u);
  ASSERT_EQ(scene.perform("fix", Action::Revert), 0);
  EXPECT_TRUE(std::ranges::equal(scene.platform.text(), before));
  EXPECT_EQ(scene.payload("fix").state, State::Checked);
  EXPECT_EQ(scene.payload("fix").stackPosition, 0u);
}

TEST(Apply, LeavesEndbr64InPlace) {
  for (const auto &mark : {format::endbr64, format::poisonedEndbr64}) {
    Scene scene;
    scene.platform.poke(Scene::victim, std::span{mark, 4});
    expectDone(scene.upload("fix", scene.valid()));
    ASSERT_EQ(scene.perform("fix", Action::Apply), 0);
    EXPECT_EQ(scene.platform.peek(Scene::victim, 4), Written(mark, mark + 4));
    EXPECT_EQ(scene.platform.peek(Scene::victim + 4, 5),
              jumpTo(Scene::victim + 4, textOf(scene, "fix")));
  }
}

TEST(Apply, NopPatchOverwritesExactlyItsBytes) {
  for (uint32_t size = 1; size <= 31; ++size) {
    Scene scene;
    PayloadFile file = scene.empty();
    file.addFunction({.name = "victim", .code = {}, .nopSize = size});
    expectDone(scene.upload("nop", file));
    const Written before = scene.platform.peek(Scene::victim, 64);
    ASSERT_EQ(scene.perform("nop", Action::Apply), 0);
    const Written after = scene.platform.peek(Scene::victim, 64);
    EXPECT_TRUE(std::equal(before.begin() + size, before.end(), after.begin() + size));
    // Each NOP starts with one of these bytes.
    EXPECT_TRUE(after[0] == 0x90 || after[0] == 0x66 || after[0] == 0x0f);
    ASSERT_EQ(scene.perform("nop", Action::Revert), 0);
    EXPECT_EQ(scene.platform.peek(Scene::victim, 64), before);
  }
}

TEST(Apply, EveryPrefixOfTheWritesShowsEachFunctionOldOrNew) {
  Scene scene;
  PayloadFile file = scene.empty();
  for (int index = 0; index < 20; ++index)
    file.addFunction({.oldAddress = (Scene::victim + 0x100 * static_cast<uint64_t>(index)).value});
  expectDone(scene.upload("fix", file));
  const Written old(scene.platform.text().begin(), scene.platform.text().end());
  ASSERT_EQ(scene.perform("fix", Action::Apply), 0);
  ASSERT_EQ(scene.perform("fix", Action::Revert), 0);
  ASSERT_EQ(scene.platform.writes().size(), 40u);

  // Replays the writes one by one; each is whole, inside one function, and toggles just that one.
  Written image = old;
  std::vector<bool> isNew(20);
  for (const RecordedWrite &write : scene.platform.writes()) {
    const uint64_t offset = write.address - FakePlatform::textStart;
    ASSERT_TRUE(std::equal(write.before.begin(), write.before.end(),
                           image.begin() + static_cast<ptrdiff_t>(offset)));
    std::ranges::copy(write.after, image.begin() + static_cast<ptrdiff_t>(offset));
    const uint64_t index = (write.address - Scene::victim) / 0x100;
    ASSERT_EQ((write.address - Scene::victim) % 0x100, 0u);
    isNew[index] = !isNew[index];
    for (uint64_t function = 0; function < 20; ++function) {
      const HvVirt start = Scene::victim + 0x100 * function;
      const Written now(image.begin() + static_cast<ptrdiff_t>(start - FakePlatform::textStart),
                        image.begin() + static_cast<ptrdiff_t>(start - FakePlatform::textStart) +
                            5);
      const Written oldBytes(old.begin() + static_cast<ptrdiff_t>(start - FakePlatform::textStart),
                             old.begin() + static_cast<ptrdiff_t>(start - FakePlatform::textStart) +
                                 5);
      const HvVirt target = scene.payload("fix").loaded.functions[function].newAddress;
      ASSERT_EQ(now, isNew[function] ? jumpTo(start, target) : oldBytes);
    }
  }
  EXPECT_EQ(image, old);
}

TEST(Stack, IsRevertedInReverseOrderOnly) {
  Scene scene;
  const Written original = scene.platform.peek(Scene::victim, 16);
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    PayloadFile file = seed == 1 ? scene.empty(1) : scene.onTopOf(seed - 1, seed);
    file.addFunction({.name = "victim"});
    const std::string name = "p" + std::to_string(seed);
    expectDone(scene.upload(name, file));
    ASSERT_EQ(scene.perform(name, Action::Apply), 0);
    EXPECT_EQ(scene.payload(name).stackPosition, seed);
  }
  EXPECT_EQ(scene.perform("p1", Action::Revert), -16);
  EXPECT_EQ(scene.perform("p2", Action::Revert), -16);
  ASSERT_EQ(scene.perform("p3", Action::Revert), 0);
  EXPECT_EQ(scene.platform.peek(Scene::victim, 5), jumpTo(Scene::victim, textOf(scene, "p2")));
  ASSERT_EQ(scene.perform("p2", Action::Revert), 0);
  ASSERT_EQ(scene.perform("p1", Action::Revert), 0);
  EXPECT_EQ(scene.platform.peek(Scene::victim, 16), original);
}

TEST(Version, ChangesWithEverySuccessAndOnlyThen) {
  Scene scene;
  uint32_t version = scene.core.version();
  EXPECT_EQ(version, 1u);
  auto expectNext = [&](const char *what) { EXPECT_EQ(scene.core.version(), ++version) << what; };
  expectDone(scene.upload("fix", scene.valid()));
  expectNext("upload");
  ASSERT_FALSE(scene.upload("fix", scene.valid()));
  ASSERT_EQ(scene.perform("fix", Action::Apply), 0);
  expectNext("apply");
  ASSERT_NE(scene.perform("fix", Action::Apply), 0);
  ASSERT_EQ(scene.perform("fix", Action::Revert), 0);
  expectNext("revert");
  ASSERT_EQ(scene.perform("fix", Action::Replace), 0);
  expectNext("replace");
  ASSERT_EQ(scene.perform("fix", Action::Revert), 0);
  expectNext("revert");
  expectDone(scene.request("fix", Action::Unload));
  expectNext("unload");
}

TEST(Times, OfTheLastActionAreKept) {
  Scene scene;
  expectDone(scene.upload("fix", scene.valid()));
  EXPECT_EQ(scene.payload("fix").times.pauseNs, 0u);
  ASSERT_EQ(scene.perform("fix", Action::Apply), 0);
  const format::ActionTimes &times = scene.payload("fix").times;
  EXPECT_EQ(times.rendezvousNs, 100u);
  EXPECT_EQ(times.pauseTicks, 600u);
  EXPECT_GT(times.totalNs, 0u);
  EXPECT_GT(times.totalTicks, times.totalNs);
}

class Replace : public ::testing::Test {
protected:
  void SetUp() override {
    original = Written(scene.platform.text().begin(), scene.platform.text().end());
    expectDone(scene.upload("bottom", scene.valid(1)));
    PayloadFile top = scene.onTopOf(1, 2);
    top.addFunction({.name = "victim"});
    top.addFunction({.name = "other"});
    topRevertHook = hooked ? top.addHook(section::hooksRevert) : 0;
    expectDone(scene.upload("top", top));
    ASSERT_EQ(scene.perform("bottom", Action::Apply), 0);
    ASSERT_EQ(scene.perform("top", Action::Apply), 0);
    stacked = Written(scene.platform.text().begin(), scene.platform.text().end());
  }
  void expectOldStack() {
    EXPECT_TRUE(std::ranges::equal(scene.platform.text(), stacked));
    ASSERT_EQ(scene.core.stack().size(), 2u);
    EXPECT_EQ(scene.core.stack()[0]->name(), "bottom");
    EXPECT_EQ(scene.core.stack()[1]->name(), "top");
    EXPECT_EQ(scene.payload("bottom").state, State::Applied);
    EXPECT_EQ(scene.payload("top").state, State::Applied);
    EXPECT_EQ(scene.payload("top").stackPosition, 2u);
    // And it can be taken down as if nothing had been.
    EXPECT_EQ(scene.perform("top", Action::Revert), 0);
    EXPECT_EQ(scene.perform("bottom", Action::Revert), 0);
    EXPECT_TRUE(std::ranges::equal(scene.platform.text(), original));
  }

  bool hooked = false;
  uint64_t topRevertHook = 0;
  Scene scene;
  Written original, stacked;
};

TEST_F(Replace, TakesTheWholeStackDown) {
  PayloadFile file = scene.empty(3);
  file.addFunction({.name = "victim"});
  expectDone(scene.upload("all", file));
  ASSERT_EQ(scene.perform("all", Action::Replace), 0);
  ASSERT_EQ(scene.core.stack().size(), 1u);
  EXPECT_EQ(scene.payload("all").stackPosition, 1u);
  for (const char *name : {"bottom", "top"}) {
    EXPECT_EQ(scene.payload(name).state, State::Checked);
    EXPECT_EQ(scene.payload(name).stackPosition, 0u);
  }
  EXPECT_EQ(scene.platform.peek(Scene::victim, 5), jumpTo(Scene::victim, textOf(scene, "all")));
  ASSERT_EQ(scene.perform("all", Action::Revert), 0);
  EXPECT_TRUE(std::ranges::equal(scene.platform.text(), original));
}

TEST_F(Replace, VerifiesAgainstTheBytesAfterTheReverts) {
  using Expectation = format::LivepatchExpectation;
  const auto at = static_cast<ptrdiff_t>(Scene::victim - FakePlatform::textStart);
  Expectation expectation{};
  expectation.header = Expectation::enabledBit | 31 << Expectation::lengthShift;
  std::copy_n(original.begin() + at, 31, expectation.data);
  PayloadFile file = scene.empty(3);
  file.addFunction({.name = "victim", .expectation = expectation});
  expectDone(scene.upload("all", file));
  // Now, two jumps lie over these bytes: an apply on top must not match, a replace must.
  expectError(scene.request("all", Action::Apply, format::actionNodeps),
              ErrorCode::ExpectationMismatch);
  EXPECT_EQ(scene.perform("all", Action::Replace), 0);
}

TEST_F(Replace, FailedExpectationLeavesTheOldStack) {
  format::LivepatchExpectation expectation{};
  expectation.header = 1 | 4 << 1;
  PayloadFile file = scene.empty(3);
  file.addFunction({.name = "victim", .expectation = expectation});
  expectDone(scene.upload("all", file));
  scene.platform.forgetWrites();
  expectError(scene.request("all", Action::Replace), ErrorCode::ExpectationMismatch);
  EXPECT_TRUE(scene.platform.writes().empty());
  expectOldStack();
}

TEST_F(Replace, FailedApplyHookPutsTheOldStackBack) {
  PayloadFile file = scene.empty(3);
  file.addFunction({.name = "other"});
  const uint64_t hook = file.addHook(section::hooksApply);
  expectDone(scene.upload("all", file));
  scene.platform.setHook(textOf(scene, "all") + hook, [](void *) { return -5; });
  EXPECT_EQ(scene.perform("all", Action::Replace), -5);
  EXPECT_EQ(scene.payload("all").state, State::Checked);
  expectOldStack();
}

TEST_F(Replace, TimeOutLeavesTheOldStack) {
  PayloadFile file = scene.empty(3);
  file.addFunction({.name = "other"});
  expectDone(scene.upload("all", file));
  scene.platform.failNext(Fallible::QuiesceTimeout);
  EXPECT_EQ(scene.perform("all", Action::Replace), -16);
  expectOldStack();
}

class ReplaceWithRevertHook : public Replace {
protected:
  ReplaceWithRevertHook() { hooked = true; }
};

TEST_F(ReplaceWithRevertHook, RevertHookThatSaysNoPutsTheOldStackBack) {
  scene.platform.setHook(textOf(scene, "top") + topRevertHook, [](void *) { return -16; });
  PayloadFile file = scene.empty(3);
  file.addFunction({.name = "other"});
  expectDone(scene.upload("all", file));
  EXPECT_EQ(scene.perform("all", Action::Replace), -16);
  EXPECT_EQ(scene.payload("all").failure->subject.view(), "top");
  EXPECT_TRUE(std::ranges::equal(scene.platform.text(), stacked));
  scene.platform.setHook(textOf(scene, "top") + topRevertHook, [](void *argument) {
    auto *self = static_cast<HookPayload *>(argument);
    return self->revertFunctions(self);
  });
  expectOldStack();
}

class Probation : public ::testing::Test {
protected:
  void SetUp() override {
    original = scene.platform.peek(Scene::victim, 16);
    expectDone(scene.upload("fix", scene.valid()));
    expectDone(scene.core.requestAction({.name = "fix", .action = 3, .probationMs = 5}));
    scene.core.runPending();
    ASSERT_EQ(scene.payload("fix").state, State::Applied);
    ASSERT_NE(scene.payload("fix").probationEndNs, 0u);
  }
  Scene scene;
  Written original;
};

TEST_F(Probation, EndsInARevertWhenNobodyConfirms) {
  EXPECT_FALSE(scene.core.hasWork(scene.platform.nowNs()));
  scene.core.runPending();
  EXPECT_EQ(scene.payload("fix").state, State::Applied);
  scene.platform.advance(5'000'000);
  EXPECT_TRUE(scene.core.hasWork(scene.platform.nowNs()));
  EXPECT_LE(scene.platform.deadlineNs(), scene.platform.nowNs());
  scene.core.runPending();
  EXPECT_EQ(scene.payload("fix").state, State::Checked);
  EXPECT_EQ(scene.platform.peek(Scene::victim, 16), original);
  EXPECT_EQ(scene.platform.deadlineNs(), UINT64_MAX);
}

TEST_F(Probation, ConfirmedPayloadStays) {
  expectDone(scene.core.confirm("fix"));
  scene.platform.advance(60'000'000'000);
  EXPECT_FALSE(scene.core.hasWork(scene.platform.nowNs()));
  scene.core.runPending();
  EXPECT_EQ(scene.payload("fix").state, State::Applied);
}

TEST_F(Probation, RevertEndsIt) {
  ASSERT_EQ(scene.perform("fix", Action::Revert), 0);
  EXPECT_EQ(scene.platform.deadlineNs(), UINT64_MAX);
  EXPECT_EQ(scene.payload("fix").probationEndNs, 0u);
  // Applied again without probation, it stays.
  ASSERT_EQ(scene.perform("fix", Action::Apply), 0);
  scene.platform.advance(60'000'000'000);
  EXPECT_FALSE(scene.core.hasWork(scene.platform.nowNs()));
}

TEST_F(Probation, TriesAgainWhenACpuIsLate) {
  scene.platform.advance(5'000'000);
  scene.platform.failNext(Fallible::QuiesceTimeout);
  scene.core.runPending();
  EXPECT_EQ(scene.payload("fix").state, State::Applied);
  EXPECT_NE(scene.payload("fix").probationEndNs, 0u);
  EXPECT_FALSE(scene.core.hasWork(scene.platform.nowNs()));
  scene.platform.advance(1'000'000'000);
  EXPECT_TRUE(scene.core.hasWork(scene.platform.nowNs()));
  scene.core.runPending();
  EXPECT_EQ(scene.payload("fix").state, State::Checked);
  EXPECT_FALSE(scene.payload("fix").failure) << "the first try's reason is gone";
}

TEST_F(Replace, EveryPrefixOfTheWritesShowsEachFunctionWhole) {
  // Also of a replace that fails and puts the old stack back: at each write, every patched function
  // is as it was at first or jumps to the start of one payload's new code.
  PayloadFile failing = scene.empty(3);
  failing.addFunction({.name = "other"});
  failing.addFunction({.oldAddress = (Scene::other + 0x1000).value});
  const uint64_t hook = failing.addHook(section::hooksApply);
  expectDone(scene.upload("failing", failing));
  scene.platform.setHook(textOf(scene, "failing") + hook, [](void *argument) {
    auto *self = static_cast<HookPayload *>(argument);
    (void)self->applyFunctions(self);
    return -5;
  });
  PayloadFile good = scene.empty(4);
  good.addFunction({.name = "victim"});
  expectDone(scene.upload("good", good));
  scene.platform.forgetWrites();
  ASSERT_EQ(scene.perform("failing", Action::Replace), -5);
  ASSERT_EQ(scene.perform("good", Action::Replace), 0);

  std::vector<HvVirt> sites{Scene::victim, Scene::other, Scene::other + 0x1000};
  std::vector<HvVirt> targets;
  for (const char *name : {"bottom", "top", "failing", "good"})
    for (const PatchedFunction &function : scene.payload(name).loaded.functions.items())
      targets.push_back(function.newAddress);
  Written image = stacked;
  const auto bytesAt = [](const Written &text, HvVirt site) {
    const auto start = text.begin() + static_cast<ptrdiff_t>(site - FakePlatform::textStart);
    return Written(start, start + 5);
  };
  // top and bottom down, failing up and down, bottom and top up; then top and bottom down, good up.
  ASSERT_EQ(scene.platform.writes().size(), 3u + 2 + 2 + 3 + 3 + 1);
  for (const RecordedWrite &write : scene.platform.writes()) {
    ASSERT_EQ(bytesAt(image, write.address), write.before);
    std::ranges::copy(write.after, image.begin() + static_cast<ptrdiff_t>(write.address -
                                                                          FakePlatform::textStart));
    for (HvVirt site : sites) {
      const Written now = bytesAt(image, site);
      const bool isJump =
          std::ranges::any_of(targets, [&](HvVirt target) { return now == jumpTo(site, target); });
      ASSERT_TRUE(isJump || now == bytesAt(original, site));
    }
  }
  EXPECT_TRUE(std::ranges::equal(image, scene.platform.text()));
}

TEST(FailureInjection, EveryCallOfAWholeLifeMayFailOnce) {
  // Upload, apply, replace, revert, unload: in run N the Nth call that can fail does. Whatever the
  // outcome, text and memory are whole, nothing is in progress, and the same again then works.
  for (uint32_t which = 0;; ++which) {
    Scene scene;
    const Written original(scene.platform.text().begin(), scene.platform.text().end());
    PayloadFile second = scene.empty(2);
    second.addFunction({.name = "victim"});
    second.addFunction({.name = "other"});
    scene.platform.failAny(which);
    (void)scene.upload("first", scene.valid(1));
    (void)scene.upload("second", second);
    (void)scene.perform("first", Action::Apply);
    (void)scene.perform("second", Action::Replace);
    (void)scene.perform("second", Action::Revert);
    (void)scene.request("first", Action::Unload);
    const bool struck = scene.platform.failedAny();
    scene.platform.clearFailures();

    for (const char *name : {"first", "second"}) {
      const auto *payload = scene.core.payloads().find(name);
      if (payload == nullptr)
        continue;
      EXPECT_NE(payload->result, -11) << "call " << which;
      EXPECT_EQ(payload->isWritten, payload->state == State::Applied);
    }
    EXPECT_FALSE(scene.core.isBusy());
    while (!scene.core.stack().empty())
      ASSERT_EQ(scene.perform(scene.core.stack().back()->name(), Action::Revert), 0);
    EXPECT_TRUE(std::ranges::equal(scene.platform.text(), original)) << "call " << which;
    if (scene.core.payloads().find("first") == nullptr)
      expectDone(scene.upload("first", scene.valid(1)));
    EXPECT_EQ(scene.perform("first", Action::Apply), 0);
    EXPECT_EQ(scene.perform("first", Action::Revert), 0);
    if (!struck) {
      EXPECT_GT(which, 20u) << "the life has many calls that can fail";
      break;
    }
  }
}

TEST(Scale, TenThousandPayloadsComeAndGoAndNothingIsLeft) {
  FakePlatform platform;
  constexpr uint32_t count = 10'000;
  // One file, with another build-id each time: what is tested is the core, not the file's maker.
  PayloadFile file{platform.buildId(), platform.buildId(), 0};
  file.addFunction({.oldAddress = FakePlatform::textStart.value});
  Bytes bytes = file.build();
  const std::vector<uint8_t> idOf0 = PayloadFile::buildIdOf(0);
  const auto at = std::ranges::search(bytes, std::as_bytes(std::span{idOf0})).begin();
  ASSERT_NE(at, bytes.end());
  {
    Core core{platform};
    for (uint32_t seed = 0; seed < count; ++seed) {
      const std::vector<uint8_t> id = PayloadFile::buildIdOf(seed);
      std::ranges::copy(std::as_bytes(std::span{id}), at);
      ASSERT_TRUE(core.upload("p" + std::to_string(seed), ByteView{bytes}));
    }
    EXPECT_EQ(core.payloads().count(), count);
    for (uint32_t index = 0; index < count; ++index)
      ASSERT_EQ(core.payloads().at(index)->name(), "p" + std::to_string(index));
    EXPECT_EQ(core.payloads().at(count), nullptr);
    for (uint32_t seed = 0; seed < count; seed += 2)
      ASSERT_TRUE(core.requestAction({.name = "p" + std::to_string(seed), .action = 1}));
    EXPECT_EQ(core.payloads().count(), count / 2);
    EXPECT_EQ(core.payloads().at(3)->name(), "p7");
    EXPECT_EQ(core.payloads().findBuildId(PayloadFile::buildIdOf(0)), nullptr);
    EXPECT_NE(core.payloads().findBuildId(PayloadFile::buildIdOf(1)), nullptr);
  }
  EXPECT_EQ(platform.liveBlocks(), 0u);
  EXPECT_EQ(platform.livePayloads(), 0u);
}

TEST(Scale, PayloadOfFiveThousandFunctionsIsAppliedAndReverted) {
  Scene scene;
  constexpr uint32_t count = 5'000;
  PayloadFile file = scene.empty();
  for (uint32_t index = 0; index < count; ++index)
    file.addFunction(
        {.oldAddress = (FakePlatform::textStart + 32 * uint64_t{index}).value, .oldSize = 32});
  expectDone(scene.upload("large", file));
  const Written original(scene.platform.text().begin(), scene.platform.text().end());
  ASSERT_EQ(scene.perform("large", Action::Apply), 0);
  for (const PatchedFunction &function : scene.payload("large").loaded.functions.items())
    ASSERT_EQ(scene.platform.peek(function.oldAddress, 5),
              jumpTo(function.oldAddress, function.newAddress));
  ASSERT_EQ(scene.perform("large", Action::Revert), 0);
  EXPECT_TRUE(std::ranges::equal(scene.platform.text(), original));
  EXPECT_EQ(scene.platform.writes().size(), 2 * count);
}

TEST(Scale, PayloadLinkedToThousandsOfOthers) {
  // One that patches a function of each of the others: each of them is held, and let go again.
  FakePlatform platform;
  Core core{platform};
  constexpr uint32_t count = 2'000;
  PayloadFile user{platform.buildId(), platform.buildId(), count};
  for (uint32_t seed = 0; seed < count; ++seed) {
    const std::string name = "p" + std::to_string(seed);
    PayloadFile file{platform.buildId(), platform.buildId(), seed};
    file.addFunction({.oldAddress = FakePlatform::textStart.value});
    file.section(".text").data.resize(64);
    file.addSymbol({.name = name + "_shared", .section = file.indexOf(".text"), .value = 16});
    const Bytes bytes = file.build();
    ASSERT_TRUE(core.upload(name, ByteView{bytes}));
    user.addFunction({.name = name + "_shared", .oldSize = 32});
  }
  const Bytes bytes = user.build();
  const auto loaded = core.upload("user", ByteView{bytes});
  ASSERT_TRUE(loaded) << describe(loaded.error()).view();
  EXPECT_EQ(core.payloads().find("user")->loaded.links.size(), count);
  for (uint32_t seed = 0; seed < count; ++seed)
    ASSERT_FALSE(core.requestAction({.name = "p" + std::to_string(seed), .action = 1}));
  ASSERT_TRUE(core.requestAction({.name = "user", .action = 1}));
  for (uint32_t seed = 0; seed < count; ++seed)
    ASSERT_TRUE(core.requestAction({.name = "p" + std::to_string(seed), .action = 1}));
}

TEST(States, TableSaysWhatLeadsWhere) {
  EXPECT_EQ(nextState(State::Checked, Action::Unload), State::Gone);
  EXPECT_EQ(nextState(State::Checked, Action::Apply), State::Applied);
  EXPECT_EQ(nextState(State::Checked, Action::Replace), State::Applied);
  EXPECT_EQ(nextState(State::Applied, Action::Revert), State::Checked);
  for (Action action : {Action::Unload, Action::Apply, Action::Replace})
    EXPECT_EQ(nextState(State::Applied, action), std::nullopt);
  EXPECT_EQ(nextState(State::Checked, Action::Revert), std::nullopt);
  for (Action action : allActions)
    EXPECT_EQ(nextState(State::Gone, action), std::nullopt);
}

} // namespace
} // namespace suture::testing
