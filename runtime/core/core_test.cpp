// SPDX-License-Identifier: Apache-2.0
#include "runtime/core/core.h"

#include "runtime/testing/fake_platform.h"
#include "runtime/testing/payload_file.h"

#include <gtest/gtest.h>

namespace suture {
namespace {

using testing::FakePlatform;
using testing::FileFunction;
using testing::PayloadFile;

TEST(Core, AppliesAndReverts) {
  FakePlatform platform;
  const HvVirt victim = FakePlatform::textStart + 0x1000;
  platform.addSymbol("victim", victim, 64);
  {
    LivepatchCore<FakePlatform> core{platform};
    PayloadFile file{platform.buildId(), platform.buildId(), 1};
    file.addFunction({.name = "victim"});
    auto bytes = file.build();
    auto done = core.upload("fix", ByteView{bytes});
    ASSERT_TRUE(done) << describe(done.error()).view();
    const auto before = platform.peek(victim, 16);
    done = core.requestAction({.name = "fix", .action = 3});
    ASSERT_TRUE(done) << describe(done.error()).view();
    core.runPending();
    EXPECT_EQ(core.payloads().find("fix")->state, State::Applied);
    EXPECT_EQ(platform.peek(victim, 1)[0], 0xe9);
    ASSERT_TRUE(core.requestAction({.name = "fix", .action = 2}));
    core.runPending();
    EXPECT_EQ(platform.peek(victim, 16), before);
    ASSERT_TRUE(core.requestAction({.name = "fix", .action = 1}));
    EXPECT_EQ(core.payloads().count(), 0u);
  }
}

} // namespace
} // namespace suture
