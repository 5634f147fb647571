// SPDX-License-Identifier: Apache-2.0
#include "cli/client/names.h"

#include <gtest/gtest.h>

namespace suture::client {
namespace {

TEST(CheckName, AcceptsOneTo127Bytes) {
  EXPECT_TRUE(checkName("a"));
  EXPECT_TRUE(checkName(std::string(127, 'x')));
  EXPECT_TRUE(checkName("with space and ünïcode"));
}

TEST(CheckName, RefusesEmptyAndTooLongAsUsage) {
  ASSERT_FALSE(checkName(""));
  EXPECT_EQ(checkName("").error().kind, ErrorKind::Usage);
  ASSERT_FALSE(checkName(std::string(128, 'x')));
  EXPECT_EQ(checkName(std::string(128, 'x')).error().kind, ErrorKind::Usage);
  EXPECT_NE(checkName(std::string(128, 'x')).error().reason.find("128 bytes"), std::string::npos);
}

TEST(CheckName, RefusesControlCharacters) {
  for (const char *name : {"a\nb", "\x1b[31m", "tab\t", "\x7f"}) {
    ASSERT_FALSE(checkName(name)) << escaped(name);
    EXPECT_TRUE(isPrintable(checkName(name).error().reason));
  }
  EXPECT_FALSE(checkName(std::string("a\0b", 3)));
}

TEST(Escaped, LeavesPrintableTextAlone) {
  EXPECT_EQ(escaped("fix-1 grün"), "fix-1 grün");
  EXPECT_EQ(escaped("back\\slash"), "back\\slash");
}

TEST(Escaped, ShowsControlCharactersAndBrokenUtf8AsBytes) {
  EXPECT_EQ(escaped("\x1b[31mred"), "\\x1b[31mred");
  EXPECT_EQ(escaped("a\xff"), "a\\xff");
  EXPECT_EQ(escaped("\xc0\xaf"), "\\xc0\\xaf");
  EXPECT_EQ(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(escaped("\xc2\x9b"), "\\xc2\\x9b") << "U+009B, which starts a terminal sequence";
  EXPECT_EQ(escaped("\\\n"), "\\\\\\x0a");
}

TEST(DisplayWidth, CountsCodePoints) { EXPECT_EQ(displayWidth("grün"), 4u); }

TEST(NameOfFile, DropsFoldersAndTheLastExtension) {
  EXPECT_EQ(nameOfFile("/a/b/fix-1.livepatch"), "fix-1");
  EXPECT_EQ(nameOfFile("xsa-1.2.livepatch"), "xsa-1.2");
  EXPECT_EQ(nameOfFile("plain"), "plain");
  EXPECT_EQ(nameOfFile("./.hidden"), ".hidden");
  EXPECT_EQ(nameOfFile("folder.d/plain"), "plain");
}

} // namespace
} // namespace suture::client
