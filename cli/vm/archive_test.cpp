// SPDX-License-Identifier: Apache-2.0
#include "cli/vm/archive.h"

#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace suture::vm {
namespace {

std::string entry(const std::string &name, const std::string &data, unsigned mode = 0100644) {
  std::string text = fmt::format("070701{:08x}{:08x}", 1, mode);
  for (const size_t value : {size_t{0}, size_t{0}, size_t{1}, size_t{0}, data.size(), size_t{0},
                             size_t{0}, size_t{0}, size_t{0}, name.size() + 1, size_t{0}})
    text += fmt::format("{:08x}", value);
  text += name + '\0';
  text.resize((text.size() + 3) & ~size_t{3});
  text += data;
  text.resize((text.size() + 3) & ~size_t{3});
  return text;
}

client::Expected<std::vector<std::string>> namesIn(const std::string &content) {
  const std::string path = testing::TempDir() + fmt::format("/archive-{}", getpid());
  std::ofstream(path, std::ios::binary) << content;
  auto names = guestNames(path);
  unlink(path.c_str());
  return names;
}

const std::string trailer = entry("TRAILER!!!", "");

TEST(GuestNames, AreTheRegularFilesInOrder) {
  const auto names = namesIn(entry("guests", "", 040755) + entry("guests/prober", "code") +
                             entry("./heartbeat", "more code") + trailer);
  ASSERT_TRUE(names) << names.error().reason;
  EXPECT_EQ(*names, (std::vector<std::string>{"prober", "heartbeat"}));
}

TEST(GuestNames, RefuseWhatIsNoArchive) {
  EXPECT_FALSE(namesIn(""));
  EXPECT_FALSE(namesIn("\x7f"
                       "ELF"));
  EXPECT_FALSE(namesIn(entry("a", "data"))) << "no trailer";
  EXPECT_FALSE(guestNames("/nowhere/at/all"));
}

TEST(GuestNames, RefuseAnArchiveCutAnywhere) {
  const std::string whole = entry("a", "data") + entry("TRAILER!!!", "");
  for (size_t size = 0; size < whole.size() - 4; ++size)
    EXPECT_FALSE(namesIn(whole.substr(0, size))) << size;
}

TEST(GuestNames, RefuseNamesThatNoConsoleCanHave) {
  EXPECT_FALSE(namesIn(entry("a b", "") + trailer));
  EXPECT_FALSE(namesIn(entry("a,path=x", "") + trailer));
  EXPECT_FALSE(namesIn(entry("x/a", "") + entry("y/a", "") + trailer)) << "taken twice";
}

} // namespace
} // namespace suture::vm
