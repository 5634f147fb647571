// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/cpio.h"

#include <cstdio>
#include <gtest/gtest.h>
#include <string>

namespace suture::hv {
namespace {

std::string entry(const std::string &name, const std::string &data, unsigned mode = 0100644) {
  char header[111];
  std::snprintf(header, sizeof(header),
                "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 1u, mode, 0u, 0u,
                1u, 0u, data.size(), 0u, 0u, 0u, 0u, name.size() + 1, 0u);
  std::string out = header + name + '\0';
  out.resize((out.size() + 3) & ~size_t{3});
  out += data;
  out.resize((out.size() + 3) & ~size_t{3});
  return out;
}

const std::string trailer = entry("TRAILER!!!", "");

ByteView view(const std::string &text) { return ByteView{std::as_bytes(std::span{text})}; }

TEST(CpioReader, WalksFilesInOrder) {
  const std::string archive =
      entry("heartbeat", "abcde") + entry("dir", "", 040755) + entry("x", "1234") + trailer;
  CpioReader reader{view(archive)};
  auto first = reader.next();
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->name, "heartbeat");
  EXPECT_EQ((*first)->data.size(), 5u);
  EXPECT_TRUE((*first)->isRegular());
  auto second = reader.next();
  ASSERT_TRUE(second && *second);
  EXPECT_FALSE((*second)->isRegular());
  auto third = reader.next();
  ASSERT_TRUE(third && *third);
  EXPECT_EQ((*third)->name, "x");
  auto end = reader.next();
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
}

TEST(CpioReader, AnEmptyArchiveHasNoEntries) {
  CpioReader reader{ByteView{}};
  auto end = reader.next();
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
}

TEST(CpioReader, RefusesAnotherFormat) {
  const std::string archive = entry("x", "y").replace(0, 6, "070707") + trailer;
  EXPECT_EQ(CpioReader{view(archive)}.next().error(), CpioError::BadMagic);
}

TEST(CpioReader, RefusesNumbersThatAreNone) {
  const std::string archive = entry("x", "y").replace(54, 1, "g") + trailer;
  EXPECT_EQ(CpioReader{view(archive)}.next().error(), CpioError::BadNumber);
}

TEST(CpioReader, RefusesEveryTruncation) {
  const std::string archive = entry("name", "some bytes") + trailer;
  for (size_t size = 1; size < archive.size(); ++size) {
    const std::string cut = archive.substr(0, size);
    CpioReader reader{view(cut)};
    auto result = reader.next();
    while (result && *result)
      result = reader.next();
    // Padding behind the trailer's name may be missing.
    if (size + 4 <= archive.size())
      EXPECT_EQ(result.error(), CpioError::Truncated) << size;
  }
}

} // namespace
} // namespace suture::hv
