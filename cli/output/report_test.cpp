// SPDX-License-Identifier: Apache-2.0
#include "cli/output/report.h"

#include <gtest/gtest.h>

namespace suture::output {
namespace {

using client::ErrorKind;

TEST(ExitCodeOf, IsAsDocumented) {
  EXPECT_EQ(static_cast<int>(exitCodeOf(ErrorKind::Failed)), 1);
  EXPECT_EQ(static_cast<int>(exitCodeOf(ErrorKind::Unreachable)), 1);
  EXPECT_EQ(static_cast<int>(exitCodeOf(ErrorKind::Protocol)), 1);
  EXPECT_EQ(static_cast<int>(exitCodeOf(ErrorKind::Interrupted)), 1);
  EXPECT_EQ(static_cast<int>(exitCodeOf(ErrorKind::Usage)), 2);
  EXPECT_EQ(static_cast<int>(exitCodeOf(ErrorKind::Refused)), 3);
  EXPECT_EQ(static_cast<int>(exitCodeOf(ErrorKind::TryAgain)), 4);
}

TEST(Report, PutsAnErrorIntoTheDocument) {
  Report report("apply", {.json = true});
  report.fail({ErrorKind::Refused, 22, "depends on \x1b another"});
  const Json &document = report.document();
  EXPECT_EQ(document["verb"], "apply");
  EXPECT_EQ(document["ok"], false);
  EXPECT_EQ(document["error"]["kind"], "refused");
  EXPECT_EQ(document["error"]["exitCode"], 3);
  EXPECT_EQ(document["error"]["errno"], "EINVAL");
  EXPECT_EQ(document["error"]["reason"], "depends on \\x1b another");
}

} // namespace
} // namespace suture::output
