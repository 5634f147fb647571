// SPDX-License-Identifier: Apache-2.0
// A code that no test of this program provokes is an error of its own.

#include "runtime/testing/checks/scene.h"

namespace suture::testing {
namespace {

/// Looks at the end of a run of all tests; a run with a filter proves nothing.
class EveryCode final : public ::testing::Environment {
public:
  void TearDown() override {
    if (::testing::GTEST_FLAG(filter) != "*")
      return;
    for (uint16_t code = 0; code < errorCodeCount; ++code)
      EXPECT_TRUE(provokedCodes().contains(ErrorCode{code}))
          << "no test provokes " << errorName(ErrorCode{code});
  }
};

const ::testing::Environment *const everyCode = ::testing::AddGlobalTestEnvironment(new EveryCode);

TEST(EveryCode, IsLookedAtWhenAllTestsHaveRun) { EXPECT_NE(everyCode, nullptr); }

} // namespace
} // namespace suture::testing
