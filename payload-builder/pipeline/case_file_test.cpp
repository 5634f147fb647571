// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/pipeline/case_file.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

std::string errorOf(const std::string &text) {
  auto result = parseCase("x.c", text);
  return result ? "" : toString(result.takeError());
}

TEST(CaseFile, ReadsFilesAndExpectations) {
  auto result = parseCase("x.c", "//// base a.c\nint a;\n//// patched a.c\nint b;\n"
                                 "//// expect built\n//// expect replaced f: changed\n");
  ASSERT_TRUE(static_cast<bool>(result)) << toString(result.takeError());
  EXPECT_EQ(result->base.at("a.c"), "int a;\n");
  EXPECT_EQ(result->patched.at("a.c"), "int b;\n");
  ASSERT_EQ(result->expectations.size(), 2u);
  EXPECT_EQ(result->expectations[1].text, "f: changed");
  EXPECT_EQ(result->compilers.size(), 2u);
}

TEST(CaseFile, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(errorOf("//// bse a.c\n"), "x.c:1: unknown directive bse");
  EXPECT_EQ(errorOf("//// base a.c\n//// expect buildt\n"), "x.c:2: unknown expectation buildt");
  EXPECT_EQ(errorOf("//// base a.c\n//// expect replace f\n"),
            "x.c:2: unknown expectation replace f");
}

TEST(CaseFile, RefusesACaseThatChecksNothing) {
  EXPECT_EQ(errorOf("//// base a.c\nint a;\n"),
            "x.c:2: a case needs a base file and an expectation");
}

} // namespace
} // namespace suture::builder
