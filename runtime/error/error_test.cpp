// SPDX-License-Identifier: Apache-2.0
#include "runtime/error/error.h"

#include <gtest/gtest.h>

#include <set>

namespace suture {
namespace {

TEST(Describe, NamesWhatWhereWhichValueAndWhatWasAllowed) {
  Error error{.code = ErrorCode::OldFunctionTooSmall,
              .entry = 2,
              .value = 4,
              .allowed = 9,
              .subject = {"memcpy"}};
  EXPECT_EQ(describe(error).view(), "function [2] memcpy has 4 bytes, the jump needs 9");
}

TEST(Describe, KnowsEveryFieldThatATemplateNames) {
  for (uint16_t code = 0; code < errorCodeCount; ++code) {
    Error error{.code = ErrorCode{code}};
    Reason reason = describe(error);
    for (std::string_view key : {"section", "entry", "offset", "value", "hex", "allowed", "signed",
                                 "subject", "other", "top"})
      EXPECT_EQ(reason.view().find("{" + std::string(key)), std::string_view::npos);
    EXPECT_EQ(reason.view().find_first_of("{}"), std::string_view::npos) << errorName(error.code);
    EXPECT_FALSE(reason.empty()) << errorName(error.code);
  }
}

TEST(ErrorName, IsUnique) {
  std::set<std::string_view> names;
  for (uint16_t code = 0; code < errorCodeCount; ++code)
    EXPECT_TRUE(names.insert(errorName(ErrorCode{code})).second);
}

TEST(ResultOf, PassesOnWhatAHookReturned) {
  Error error{.code = ErrorCode::PreHookFailed, .hookResult = -7};
  EXPECT_EQ(resultOf(error), -7);
  error.hookResult = 5;
  EXPECT_EQ(resultOf(error), -22);
  error.hookResult = -100000;
  EXPECT_EQ(resultOf(error), -22);
}

TEST(TextTest, MarksWhatItCut) {
  Text<4> text{"abcdef"};
  EXPECT_EQ(text.view(), "abc~");
}

TEST(TextTest, WritesNumbers) {
  Text<64> text;
  text.appendDecimal(0);
  text.append(' ');
  text.appendDecimal(UINT64_MAX);
  text.append(' ');
  text.appendHex(0xdeadbeef);
  EXPECT_EQ(text.view(), "0 18446744073709551615 0xdeadbeef");
}

} // namespace
} // namespace suture
