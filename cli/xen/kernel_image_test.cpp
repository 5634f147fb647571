// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/kernel_image.h"

#include "cli/xen/boot_files.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>

namespace suture::xen {
namespace {

class KernelImage : public testing::Test {
protected:
  void SetUp() override {
    std::filesystem::remove_all(root);
    std::filesystem::create_directories(root);
    ASSERT_TRUE(writeFile(root + "/elf", kernel).has_value());
  }

  /// `kernel`, packed by a shell command.
  std::string packed(const std::string &command) const {
    const std::string line = command + " < " + root + "/elf > " + root + "/packed";
    EXPECT_EQ(std::system(line.c_str()), 0) << line;
    return *readFile(root + "/packed");
  }

  /// Makes a bzImage around `payload` and unpacks it.
  client::Expected<bool> unpacked(const std::string &payload, uint16_t version = 0x20f) const {
    constexpr uint32_t gap = 16;
    std::string image(512 * 3 + gap, '\0');
    const auto put = [&](size_t offset, auto value) {
      std::memcpy(image.data() + offset, &value, sizeof(value));
    };
    put(0x1f1, uint8_t{2});
    std::memcpy(image.data() + 0x202, "HdrS", 4);
    put(0x206, version);
    put(0x248, gap);
    put(0x24c, static_cast<uint32_t>(payload.size()));
    EXPECT_TRUE(writeFile(root + "/image", image + payload + "what follows").has_value());
    return unpackKernel(root + "/image", root + "/out");
  }

  void expectNothingLeft() const {
    EXPECT_FALSE(std::filesystem::exists(root + "/out"));
    EXPECT_FALSE(std::filesystem::exists(root + "/out.packed"));
  }

  const std::string root = testing::TempDir() + "/kernel_image";
  const std::string kernel = "\x7f"
                             "ELF and the rest of a kernel";
};

TEST_F(KernelImage, GzipIsUnpacked) {
  ASSERT_EQ(unpacked(packed("gzip -c")), true);
  EXPECT_EQ(*readFile(root + "/out"), kernel);
  EXPECT_FALSE(std::filesystem::exists(root + "/out.packed"));
}

TEST_F(KernelImage, XzIsUnpackedWithoutTheSizeBehindIt) {
  ASSERT_EQ(unpacked(packed("xz --check=crc32 -c") + "SIZE"), true);
  EXPECT_EQ(*readFile(root + "/out"), kernel);
}

TEST_F(KernelImage, WhatCannotBeUnpackedIsLeftAsItIs) {
  EXPECT_EQ(unpacked("BZh is not known"), false);
  EXPECT_EQ(unpacked("\x1f\x8b but no more of gzip"), false);
  EXPECT_EQ(unpacked(""), false);
  EXPECT_EQ(unpacked(packed("gzip -c"), 0x207), false);
  expectNothingLeft();
}

TEST_F(KernelImage, AnythingButABzImageIsLeftAsItIs) {
  EXPECT_EQ(unpackKernel(root + "/elf", root + "/out"), false);
  EXPECT_FALSE(unpackKernel(root + "/absent", root + "/out").has_value());
  expectNothingLeft();
}

TEST_F(KernelImage, APayloadBehindTheEndIsLeftAsItIs) {
  ASSERT_EQ(unpacked(packed("gzip -c")), true);
  std::filesystem::remove(root + "/out");
  std::filesystem::resize_file(root + "/image", 512 * 3 + 20);
  EXPECT_EQ(unpackKernel(root + "/image", root + "/out"), false);
  expectNothingLeft();
}

} // namespace
} // namespace suture::xen
