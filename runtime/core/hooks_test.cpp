// SPDX-License-Identifier: Apache-2.0
// When a payload's hooks run, and what they may do.

#include "runtime/core/hook_payload.h"
#include "runtime/testing/checks/scene.h"

#include <algorithm>
#include <utility>

namespace suture::testing {
namespace {

namespace section = format::section;
using Written = std::vector<uint8_t>;

/// Records which hooks ran, in order.
class HookOrder : public ::testing::Test {
protected:
  void SetUp() override {
    PayloadFile file = scene.valid();
    std::vector<std::pair<uint64_t, std::string>> hooks;
    for (const char *name :
         {section::hooksPreapply, section::hooksLoad, section::hooksPostapply,
          section::hooksPrerevert, section::hooksUnload, section::hooksPostrevert})
      hooks.emplace_back(file.addHook(name), std::string(name).substr(17));
    expectDone(scene.upload("fix", file));
    for (const auto &[offset, name] : hooks)
      scene.platform.setHook(textOf(scene, "fix") + offset, [this, hook = name](void *argument) {
        const bool patched = scene.platform.peek(Scene::victim, 1)[0] == 0xe9;
        order.push_back(hook + (patched ? " new" : " old"));
        lastResult = static_cast<HookPayload *>(argument)->result;
        lastName = static_cast<HookPayload *>(argument)->name;
        return 0;
      });
  }

  Scene scene;
  std::vector<std::string> order;
  int32_t lastResult = 1;
  std::string lastName;
};

TEST_F(HookOrder, IsPreLoadPostAndPreUnloadPost) {
  scene.platform.poke(Scene::victim, std::vector<uint8_t>{0x55});
  ASSERT_EQ(scene.perform("fix", Action::Apply), 0);
  ASSERT_EQ(scene.perform("fix", Action::Revert), 0);
  EXPECT_EQ(order, (std::vector<std::string>{"preapply old", "load old", "postapply new",
                                             "prerevert new", "unload old", "postrevert old"}));
  EXPECT_EQ(lastName, "fix");
  EXPECT_EQ(
      scene.platform.calls(),
      (std::vector<std::string>{"hook", "quiesce", "hook stopped", "write", "resume", "hook",
                                "hook", "quiesce", "write", "hook stopped", "resume", "hook"}));
}

TEST_F(HookOrder, PostHookRunsAfterATimeOutToo) {
  scene.platform.poke(Scene::victim, std::vector<uint8_t>{0x55});
  scene.platform.failNext(Fallible::QuiesceTimeout);
  ASSERT_EQ(scene.perform("fix", Action::Apply), -16);
  EXPECT_EQ(order, (std::vector<std::string>{"preapply old", "postapply old"}));
  EXPECT_EQ(lastResult, -16);
}

TEST(ActionHooks, MayDoTheDefaultThemselves) {
  Scene scene;
  PayloadFile file = scene.valid();
  const uint64_t apply = file.addHook(section::hooksApply);
  const uint64_t revert = file.addHook(section::hooksRevert);
  expectDone(scene.upload("fix", file));
  scene.platform.setHook(textOf(scene, "fix") + apply, [](void *argument) {
    auto *self = static_cast<HookPayload *>(argument);
    return self->applyFunctions(self);
  });
  scene.platform.setHook(textOf(scene, "fix") + revert, [](void *argument) {
    auto *self = static_cast<HookPayload *>(argument);
    return self->revertFunctions(self);
  });
  const Written before = scene.platform.peek(Scene::victim, 16);
  EXPECT_EQ(scene.perform("fix", Action::Apply), 0);
  EXPECT_NE(scene.platform.peek(Scene::victim, 16), before);
  EXPECT_EQ(scene.perform("fix", Action::Revert), 0);
  EXPECT_EQ(scene.platform.peek(Scene::victim, 16), before);
}

TEST(ActionHooks, SecondCallOfTheDefaultWritesNothing) {
  // Or the first call's jump would be saved in place of what it replaced.
  Scene scene;
  PayloadFile file = scene.valid();
  const uint64_t apply = file.addHook(section::hooksApply);
  const uint64_t revert = file.addHook(section::hooksRevert);
  expectDone(scene.upload("fix", file));
  scene.platform.setHook(textOf(scene, "fix") + apply, [](void *argument) {
    auto *self = static_cast<HookPayload *>(argument);
    return self->applyFunctions(self) + self->applyFunctions(self);
  });
  scene.platform.setHook(textOf(scene, "fix") + revert, [](void *argument) {
    auto *self = static_cast<HookPayload *>(argument);
    return self->revertFunctions(self) + self->revertFunctions(self);
  });
  const Written before = scene.platform.peek(Scene::victim, 16);
  EXPECT_EQ(scene.perform("fix", Action::Apply), 0);
  EXPECT_EQ(scene.perform("fix", Action::Revert), 0);
  EXPECT_EQ(scene.platform.peek(Scene::victim, 16), before);
  EXPECT_EQ(scene.platform.writes().size(), 2u);
}

TEST(ActionHooks, NeedNotCallTheDefaultWhereNoFunctionIsPatched) {
  Scene scene;
  PayloadFile file = scene.empty();
  file.addHook(section::hooksApply);
  file.addHook(section::hooksRevert);
  expectDone(scene.upload("hooks", file));
  EXPECT_EQ(scene.perform("hooks", Action::Apply), 0);
  EXPECT_EQ(scene.payload("hooks").state, State::Applied);
  EXPECT_EQ(scene.perform("hooks", Action::Revert), 0);
  EXPECT_EQ(scene.payload("hooks").state, State::Checked);
}

} // namespace
} // namespace suture::testing
