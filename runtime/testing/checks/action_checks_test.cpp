// SPDX-License-Identifier: Apache-2.0
// Checks of actions: each test provokes one, and sees that nothing changed.

#include "runtime/core/hook_payload.h"
#include "runtime/testing/checks/scene.h"

#include <algorithm>

namespace suture::testing {
namespace {

namespace section = format::section;
using Expectation = format::LivepatchExpectation;

class ActionChecks : public ::testing::Test {
protected:
  void uploadOne() { expectDone(scene.upload("fix", scene.valid())); }
  void applyOne() {
    uploadOne();
    ASSERT_EQ(scene.perform("fix", Action::Apply), 0);
  }
  void applySecond() {
    PayloadFile file = scene.onTopOf(1, 2);
    file.addFunction({.name = "other"});
    expectDone(scene.upload("second", file));
    ASSERT_EQ(scene.perform("second", Action::Apply), 0);
  }
  /// A payload whose expectation at `victim` is `expectation`.
  void uploadExpecting(const Expectation &expectation, uint32_t oldSize = 64,
                       uint64_t oldAddress = 0) {
    PayloadFile file = scene.empty();
    file.addFunction({.name = "victim",
                      .oldAddress = oldAddress,
                      .oldSize = oldSize,
                      .expectation = expectation});
    expectDone(scene.upload("fix", file));
  }
  static Expectation expecting(const std::vector<uint8_t> &bytes) {
    Expectation expectation{};
    expectation.header =
        static_cast<uint8_t>(Expectation::enabledBit | bytes.size() << Expectation::lengthShift);
    std::ranges::copy(bytes, expectation.data);
    return expectation;
  }

  Scene scene;
};

TEST_F(ActionChecks, NameInUse) {
  uploadOne();
  expectError(scene.upload("fix", scene.valid(2)), ErrorCode::NameInUse);
}

TEST_F(ActionChecks, NoMemoryForPayload) {
  const Bytes bytes = scene.valid().build();
  // sections, symbols, functions, overlap order, strings, replacements, then the record.
  scene.platform.failNext(Fallible::Allocate, 6);
  expectError(scene.upload("fix", bytes), ErrorCode::NoMemoryForPayload);
  EXPECT_EQ(scene.core.payloads().count(), 0u);
}

TEST_F(ActionChecks, UnknownName) {
  expectError(scene.request("nobody", Action::Apply), ErrorCode::UnknownName);
  expectError(scene.core.confirm("nobody"), ErrorCode::UnknownName);
}

TEST_F(ActionChecks, UnknownAction) {
  uploadOne();
  for (uint32_t action : {0u, 5u, 0xffffffffu})
    expectError(scene.core.requestAction({.name = "fix", .action = action}),
                ErrorCode::UnknownAction);
}

TEST_F(ActionChecks, UnknownActionFlags) {
  uploadOne();
  expectError(scene.request("fix", Action::Apply, 2), ErrorCode::UnknownActionFlags);
  expectError(scene.request("fix", Action::Apply, 0x80000001), ErrorCode::UnknownActionFlags);
}

TEST_F(ActionChecks, FlagsNotForAction) {
  uploadOne();
  for (Action action : {Action::Unload, Action::Revert, Action::Replace})
    expectError(scene.request("fix", action, format::actionNodeps), ErrorCode::FlagsNotForAction);
}

TEST_F(ActionChecks, ActionInProgress) {
  uploadOne();
  expectDone(scene.request("fix", Action::Apply));
  EXPECT_EQ(scene.payload("fix").result, -11);
  for (Action action : allActions)
    expectError(scene.request("fix", action), ErrorCode::ActionInProgress);
  expectError(scene.core.confirm("fix"), ErrorCode::ActionInProgress);
  scene.core.runPending();
  EXPECT_EQ(scene.payload("fix").result, 0);
}

TEST_F(ActionChecks, SlotBusyLeavesNoPayloadInProgress) {
  uploadOne();
  PayloadFile file = scene.empty(2);
  file.addFunction({.name = "other"});
  expectDone(scene.upload("second", file));
  expectDone(scene.request("fix", Action::Apply));
  expectError(scene.request("second", Action::Apply), ErrorCode::SlotBusy);
  EXPECT_EQ(scene.payload("second").result, 0);
  scene.core.runPending();
  // An unload needs no safe point and is not held up.
  expectDone(scene.request("fix", Action::Revert));
  expectDone(scene.request("second", Action::Unload));
  scene.core.runPending();
}

TEST_F(ActionChecks, WrongState) {
  uploadOne();
  expectError(scene.request("fix", Action::Revert), ErrorCode::WrongState);
  ASSERT_EQ(scene.perform("fix", Action::Apply), 0);
  for (Action action : {Action::Apply, Action::Replace, Action::Unload})
    expectError(scene.request("fix", action), ErrorCode::WrongState);
}

TEST_F(ActionChecks, NotTopOfStackNamesTheTop) {
  applyOne();
  applySecond();
  const Result<> refused = scene.request("fix", Action::Revert);
  expectError(refused, ErrorCode::NotTopOfStack);
  EXPECT_EQ(describe(refused.error()).view(),
            "cannot revert 'fix': 'second' is on top of the stack; revert that first");
  EXPECT_EQ(errnoOf(refused.error().code), format::Errno::Busy);
}

TEST_F(ActionChecks, ReapplyNeedsReload) {
  PayloadFile file = scene.valid();
  file.addSection({.name = ".data", .flags = elf::flagAlloc | elf::flagWrite, .data = {1}});
  expectDone(scene.upload("fix", file));
  ASSERT_EQ(scene.perform("fix", Action::Apply), 0);
  ASSERT_EQ(scene.perform("fix", Action::Revert), 0);
  expectError(scene.request("fix", Action::Apply), ErrorCode::ReapplyNeedsReload);
  expectError(scene.request("fix", Action::Replace), ErrorCode::ReapplyNeedsReload);
}

TEST_F(ActionChecks, ReapplyIsFineWithOnlyWritableFuncs) {
  PayloadFile file = scene.valid();
  file.section(section::funcs).flags |= elf::flagWrite;
  file.addSection({.name = ".data", .flags = elf::flagAlloc | elf::flagWrite});
  expectDone(scene.upload("fix", file));
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(scene.perform("fix", Action::Apply), 0);
    EXPECT_EQ(scene.perform("fix", Action::Revert), 0);
  }
}

TEST_F(ActionChecks, DependsMismatchUnlessNodeps) {
  applyOne();
  PayloadFile file = scene.empty(2);
  file.addFunction({.name = "other"});
  expectDone(scene.upload("debug", file));
  expectError(scene.request("debug", Action::Apply), ErrorCode::DependsMismatch);
  EXPECT_EQ(scene.perform("debug", Action::Apply, format::actionNodeps), 0);
}

TEST_F(ActionChecks, DependsMismatchOnAnEmptyStack) {
  PayloadFile file = scene.onTopOf(7, 2);
  file.addFunction({.name = "other"});
  expectDone(scene.upload("second", file));
  expectError(scene.request("second", Action::Apply), ErrorCode::DependsMismatch);
}

TEST_F(ActionChecks, ReplaceDependsMismatch) {
  applyOne();
  PayloadFile file = scene.onTopOf(1, 2);
  file.addFunction({.name = "other"});
  expectDone(scene.upload("second", file));
  expectError(scene.request("second", Action::Replace), ErrorCode::ReplaceDependsMismatch);
}

TEST_F(ActionChecks, ReplaceVetoingHooks) {
  PayloadFile hooked = scene.valid(1);
  hooked.addHook(section::hooksPostrevert);
  expectDone(scene.upload("hooked", hooked));
  expectError(scene.request("hooked", Action::Replace), ErrorCode::ReplaceVetoingHooks);
  ASSERT_EQ(scene.perform("hooked", Action::Apply), 0);
  PayloadFile plain = scene.empty(2);
  plain.addFunction({.name = "other"});
  expectDone(scene.upload("plain", plain));
  expectError(scene.request("plain", Action::Replace), ErrorCode::ReplaceVetoingHooks);
}

TEST_F(ActionChecks, ExpectationMismatch) {
  std::vector<uint8_t> bytes = scene.platform.peek(Scene::victim, 31);
  bytes[30] ^= 1;
  uploadExpecting(expecting(bytes));
  expectError(scene.request("fix", Action::Apply), ErrorCode::ExpectationMismatch);
  expectError(scene.request("fix", Action::Replace), ErrorCode::ExpectationMismatch);
}

TEST_F(ActionChecks, ExpectationHolds) {
  uploadExpecting(expecting(scene.platform.peek(Scene::victim, 31)));
  EXPECT_EQ(scene.perform("fix", Action::Apply), 0);
}

TEST_F(ActionChecks, ExpectationThatIsNotEnabledIsNotLookedAt) {
  Expectation expectation = expecting({1, 2, 3});
  expectation.header &= static_cast<uint8_t>(~Expectation::enabledBit);
  uploadExpecting(expectation);
  EXPECT_EQ(scene.perform("fix", Action::Apply), 0);
}

TEST_F(ActionChecks, ExpectationReservedBits) {
  Expectation expectation = expecting(scene.platform.peek(Scene::victim, 4));
  expectation.header |= 0x80;
  uploadExpecting(expectation);
  expectError(scene.request("fix", Action::Apply), ErrorCode::ExpectationReservedBits);
}

TEST_F(ActionChecks, ExpectationLongerThanFunction) {
  uploadExpecting(expecting(scene.platform.peek(Scene::victim, 11)), 10);
  expectError(scene.request("fix", Action::Apply), ErrorCode::ExpectationLongerThanFunction);
}

TEST_F(ActionChecks, ExpectationUnreadable) {
  // The function claims more bytes than there is text.
  const HvVirt end = FakePlatform::textStart + FakePlatform::textSize;
  uploadExpecting(expecting(std::vector<uint8_t>(31)), 64, end.value - 8);
  expectError(scene.request("fix", Action::Apply), ErrorCode::ExpectationUnreadable);
}

TEST_F(ActionChecks, PreHookFailedPassesItsErrnoOn) {
  PayloadFile file = scene.valid();
  const uint64_t offset = file.addHook(section::hooksPreapply);
  expectDone(scene.upload("fix", file));
  scene.platform.setHook(scene.payload("fix").loaded.memory.get().text.address + offset,
                         [](void *) { return -5; });
  const Result<> refused = scene.request("fix", Action::Apply);
  expectError(refused, ErrorCode::PreHookFailed);
  EXPECT_EQ(resultOf(refused.error()), -5);
  EXPECT_EQ(scene.payload("fix").result, -5);
  EXPECT_EQ(scene.payload("fix").state, State::Checked);
  EXPECT_FALSE(scene.core.isBusy());
}

TEST_F(ActionChecks, ActionHookFailed) {
  PayloadFile file = scene.valid();
  const uint64_t offset = file.addHook(section::hooksApply);
  expectDone(scene.upload("fix", file));
  // It patches, and then changes its mind: the old bytes must be back.
  scene.platform.setHook(scene.payload("fix").loaded.memory.get().text.address + offset,
                         [](void *argument) {
                           auto *self = static_cast<HookPayload *>(argument);
                           self->applyFunctions(self);
                           return -71;
                         });
  const auto before = scene.platform.peek(Scene::victim, 16);
  EXPECT_EQ(scene.perform("fix", Action::Apply), -71);
  expectError(*scene.payload("fix").failure, ErrorCode::ActionHookFailed);
  EXPECT_EQ(scene.payload("fix").state, State::Checked);
  EXPECT_EQ(scene.platform.peek(Scene::victim, 16), before);
}

TEST_F(ActionChecks, ActionHookInconsistent) {
  PayloadFile file = scene.valid();
  file.addHook(section::hooksApply);
  expectDone(scene.upload("fix", file));
  EXPECT_EQ(scene.perform("fix", Action::Apply), -22);
  expectError(*scene.payload("fix").failure, ErrorCode::ActionHookInconsistent);
  EXPECT_EQ(scene.payload("fix").state, State::Checked);
}

TEST_F(ActionChecks, SymbolsInUse) {
  PayloadFile first = scene.valid(1);
  first.section(".text").data.resize(64);
  first.addSymbol({.name = "helper", .section = first.indexOf(".text"), .value = 32});
  expectDone(scene.upload("first", first));
  PayloadFile second = scene.empty(2);
  second.addFunction({.name = "other"});
  second.addSymbol({.name = "helper"});
  expectDone(scene.upload("second", second));
  expectError(scene.request("first", Action::Unload), ErrorCode::SymbolsInUse);
  expectDone(scene.request("second", Action::Unload));
  expectDone(scene.request("first", Action::Unload));
}

TEST_F(ActionChecks, MustStayLoaded) {
  constexpr std::string_view metadata{"name=fix\0unload=no\0", 19};
  const auto upload = [&](std::string_view name, uint64_t seed) {
    PayloadFile file = scene.valid(seed);
    file.addSection({.name = format::section::modinfo,
                     .flags = elf::flagAlloc,
                     .data = {metadata.begin(), metadata.end()}});
    expectDone(scene.upload(name, file));
  };
  upload("applied", 1);
  upload("unused", 2);
  EXPECT_EQ(scene.perform("applied", Action::Apply), 0);
  EXPECT_EQ(scene.perform("applied", Action::Revert), 0);
  expectError(scene.request("applied", Action::Unload), ErrorCode::MustStayLoaded);
  EXPECT_EQ(scene.perform("applied", Action::Apply), 0);
  expectDone(scene.request("unused", Action::Unload));
}

TEST_F(ActionChecks, QuiesceTimedOut) {
  uploadOne();
  scene.platform.failNext(Fallible::QuiesceTimeout);
  EXPECT_EQ(scene.perform("fix", Action::Apply), -16);
  expectError(*scene.payload("fix").failure, ErrorCode::QuiesceTimedOut);
  EXPECT_EQ(describe(*scene.payload("fix").failure).view(),
            "3 of 4 CPUs stopped within 30000000 ns; nothing was changed");
  EXPECT_EQ(scene.payload("fix").state, State::Checked);
  EXPECT_TRUE(scene.platform.writes().empty());
  EXPECT_EQ(scene.perform("fix", Action::Apply), 0);
}

TEST_F(ActionChecks, QuiesceBusy) {
  uploadOne();
  scene.platform.failNext(Fallible::QuiesceBusy);
  EXPECT_EQ(scene.perform("fix", Action::Apply), -16);
  expectError(*scene.payload("fix").failure, ErrorCode::QuiesceBusy);
}

TEST_F(ActionChecks, NoMemoryForAction) {
  uploadOne();
  scene.platform.failNext(Fallible::Allocate);
  expectError(scene.request("fix", Action::Apply), ErrorCode::NoMemoryForAction);
  EXPECT_EQ(scene.payload("fix").result, 0);
  ASSERT_EQ(scene.perform("fix", Action::Apply), 0);
  PayloadFile second = scene.empty(2);
  second.addFunction({.name = "other"});
  expectDone(scene.upload("second", second));
  scene.platform.failNext(Fallible::Allocate);
  expectError(scene.request("second", Action::Replace), ErrorCode::NoMemoryForAction);
}

TEST_F(ActionChecks, TopOnProbation) {
  uploadOne();
  expectDone(scene.core.requestAction({.name = "fix", .action = 3, .probationMs = 1000}));
  scene.core.runPending();
  PayloadFile second = scene.onTopOf(1, 2);
  second.addFunction({.name = "other"});
  expectDone(scene.upload("second", second));
  expectError(scene.request("second", Action::Apply), ErrorCode::TopOnProbation);
  expectError(scene.request("second", Action::Replace), ErrorCode::TopOnProbation);
  expectDone(scene.core.confirm("fix"));
  EXPECT_EQ(scene.perform("second", Action::Apply), 0);
}

TEST_F(ActionChecks, ProbationNotForAction) {
  uploadOne();
  for (uint32_t action : {1u, 2u, 4u})
    expectError(scene.core.requestAction({.name = "fix", .action = action, .probationMs = 1000}),
                ErrorCode::ProbationNotForAction);
}

TEST_F(ActionChecks, ProbationZero) {
  uploadOne();
  expectError(scene.core.requestAction({.name = "fix", .action = 3, .probationMs = 0}),
              ErrorCode::ProbationZero);
}

TEST_F(ActionChecks, NotOnProbation) {
  applyOne();
  expectError(scene.core.confirm("fix"), ErrorCode::NotOnProbation);
}

} // namespace
} // namespace suture::testing
