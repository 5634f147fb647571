// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/boot_files.h"

#include "cli/xen/cpio.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

namespace suture::xen {
namespace {

class BootFiles : public testing::Test {
protected:
  void SetUp() override {
    std::filesystem::remove_all(root);
    std::filesystem::create_directories(root);
  }
  void write(const std::string &path, const std::string &text) const {
    std::filesystem::create_directories(std::filesystem::path(root + path).parent_path());
    ASSERT_TRUE(writeFile(root + path, text).has_value());
  }
  const std::string root = testing::TempDir() + "/boot_files";
};

TEST_F(BootFiles, NewestXenIsTaken) {
  auto none = findXen(root);
  ASSERT_FALSE(none.has_value());
  EXPECT_NE(none.error().reason.find("xen-hypervisor"), std::string::npos);
  write("/xen-4.9-amd64.gz", "");
  write("/xen-4.17-amd64.gz", "");
  write("/xen-4.17-amd64.config", "");
  auto xen = findXen(root);
  ASSERT_TRUE(xen.has_value());
  EXPECT_EQ(*xen, root + "/xen-4.17-amd64.gz");
}

TEST_F(BootFiles, NewestKernelWithModulesIsTaken) {
  write("/boot/vmlinuz-6.1.0-9-amd64", "");
  write("/boot/vmlinuz-6.1.0-10-amd64", "");
  write("/boot/vmlinuz-6.2.0-1-amd64", "");
  write("/modules/6.1.0-9-amd64/modules.dep", "");
  write("/modules/6.1.0-10-amd64/modules.dep", "");
  auto kernel = findKernel(root + "/boot", root + "/modules");
  ASSERT_TRUE(kernel.has_value());
  EXPECT_EQ(kernel->image, root + "/boot/vmlinuz-6.1.0-10-amd64");
  auto none = findKernel(root, root);
  ASSERT_FALSE(none.has_value());
  EXPECT_NE(none.error().reason.find("linux-image-amd64"), std::string::npos);
}

TEST_F(BootFiles, ModulesComeAfterWhatTheyNeed) {
  write("/modules.dep", "a/virtio_console.ko: a/virtio.ko a/virtio_ring.ko\n"
                        "a/virtio.ko: a/virtio_ring.ko\n"
                        "a/virtio_ring.ko:\n"
                        "b/xen-privcmd.ko:\n");
  write("/modules.builtin", "kernel/c/evdev.ko\n");
  const Kernel kernel{"vmlinuz", root};
  const std::array<std::string_view, 3> names{"virtio_console", "xen_privcmd", "evdev"};
  auto files = moduleFiles(kernel, names);
  ASSERT_TRUE(files.has_value()) << files.error().reason;
  const std::vector<std::string> wanted{root + "/a/virtio_ring.ko", root + "/a/virtio.ko",
                                        root + "/a/virtio_console.ko", root + "/b/xen-privcmd.ko"};
  EXPECT_EQ(*files, wanted);
  const std::array<std::string_view, 1> absent{"no-such"};
  EXPECT_FALSE(moduleFiles(kernel, absent).has_value());
}

TEST_F(BootFiles, LibrariesOfThisProcessAreFound) {
  const auto libraries = loadedLibraries();
  EXPECT_TRUE(std::ranges::any_of(libraries, [](const std::string &path) {
    return path.find("/libc.so.6") != std::string::npos;
  }));
  EXPECT_TRUE(std::ranges::any_of(libraries, [](const std::string &path) {
    return path.find("/ld-linux") != std::string::npos;
  }));
}

TEST_F(BootFiles, WhatGzipCannotUnpackIsAnError) {
  write("/bad.gz", "no gzip");
  auto unpacked = unpack("gzip", root + "/bad.gz", root + "/out");
  ASSERT_FALSE(unpacked.has_value());
  EXPECT_NE(unpacked.error().reason.find("bad.gz"), std::string::npos);
  EXPECT_FALSE(unpack("no-such-program", root + "/bad.gz", root + "/out").has_value());
}

TEST_F(BootFiles, ArchiveIsWhatCpioReads) {
  CpioWriter archive;
  archive.add("init", CpioWriter::Mode::Program, "12345");
  archive.addWithFolders("lib/x/y.so", CpioWriter::Mode::File, "content");
  archive.addWithFolders("lib/x/z", CpioWriter::Mode::File, "");
  write("/archive", archive.finish());
  std::filesystem::create_directories(root + "/out");
  ASSERT_EQ(std::system(("cd " + root + "/out && cpio -i --quiet < ../archive").c_str()), 0);
  EXPECT_EQ(*readFile(root + "/out/init"), "12345");
  EXPECT_EQ(*readFile(root + "/out/lib/x/y.so"), "content");
  EXPECT_EQ(*readFile(root + "/out/lib/x/z"), "");
  const auto mode = std::filesystem::status(root + "/out/init").permissions();
  EXPECT_NE(mode & std::filesystem::perms::owner_exec, std::filesystem::perms::none);
}

} // namespace
} // namespace suture::xen
