// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/console.h"

#include "cli/xen/scripted_xen.h"

#include <gtest/gtest.h>

namespace suture::xen {
namespace {

TEST(MessagesAbout, KeepsTheReasonsOfOnePayload) {
  constexpr char log[] = "(XEN) livepatch: other: expectation failed\r\n"
                         "(XEN) [2026-01-02 03:04:05] livepatch: fix: Unknown symbol: foo\r\n"
                         "(XEN) something else about fix\n"
                         "(XEN) livepatch: fix-2: not this one\n"
                         "(XEN) livepatch: fix: check against hypervisor build-id failed\n";
  EXPECT_EQ(messagesAbout("fix", log),
            "Unknown symbol: foo; check against hypervisor build-id failed");
}

TEST(MessagesAbout, LeavesOutLinesOfMereProgress) {
  constexpr char log[] = "(XEN) livepatch: fix: Verifying enabled expectations for all functions\n"
                         "(XEN) livepatch: fix: can't revert\n"
                         "(XEN) livepatch: fix: Applying 1 functions\n"
                         "(XEN) livepatch: fix finished APPLY with rc=-22\n";
  EXPECT_EQ(messagesAbout("fix", log), "can't revert");
}

TEST(MessagesAbout, MismatchOfAFunctionBelongsToThePayloadThatFollows) {
  constexpr char log[] = "(XEN) livepatch: f: expectation failed: expected:cc, actual:e9\n"
                         "(XEN) livepatch: fix: expectations of f failed (rc=-22), aborting!\n";
  EXPECT_EQ(messagesAbout("fix", log), "f: expectation failed: expected:cc, actual:e9; "
                                       "expectations of f failed (rc=-22), aborting!");
  EXPECT_EQ(messagesAbout("other", log), "");
}

TEST(MessagesAbout, KeepsTheLastLinesOnly) {
  std::string log;
  for (int number = 0; number < 10; ++number)
    log += "livepatch: p: line " + std::to_string(number) + "\n";
  EXPECT_EQ(messagesAbout("p", log, 2), "line 8; line 9");
}

TEST(MessagesAbout, IsEmptyWhereTheLogSaysNothing) { EXPECT_EQ(messagesAbout("p", ""), ""); }

TEST(ConsoleRing, ReadsWhatWasLoggedSinceTheLastRead) {
  ScriptedXen xen;
  auto xencall = Xencall::open(ScriptedXen::functions());
  ASSERT_TRUE(xencall.has_value());
  auto hypervisor = Hypervisor::open(std::move(*xencall));
  ASSERT_TRUE(hypervisor.has_value());
  ConsoleRing ring(**hypervisor);
  xen.console = std::string(40'000, 'x');
  EXPECT_EQ(ring.read().size(), 40'000u);
  EXPECT_EQ(ring.read(), "");
  xen.console += "news";
  EXPECT_EQ(ring.read(), "news");
}

} // namespace
} // namespace suture::xen
