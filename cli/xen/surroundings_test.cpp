// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/surroundings.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace suture::xen {
namespace {

class Surroundings : public testing::Test {
protected:
  void SetUp() override { std::filesystem::create_directories(root); }
  void TearDown() override { std::filesystem::remove_all(root); }
  void write(const std::string &path, const std::string &text) const {
    std::filesystem::create_directories(std::filesystem::path(root + path).parent_path());
    std::ofstream(root + path) << text;
  }
  bool explains(const std::string &part, int openErrno = ENOENT) const {
    return explainSurroundings(root, openErrno).find(part) != std::string::npos;
  }
  std::string root = testing::TempDir() + "/surroundings";
};

TEST_F(Surroundings, NotOnXen) { EXPECT_TRUE(explains("does not run on Xen")); }

TEST_F(Surroundings, NotInDom0) {
  write("/sys/hypervisor/type", "xen\n");
  write("/proc/xen/capabilities", "\n");
  EXPECT_TRUE(explains("not dom0"));
}

TEST_F(Surroundings, NoPrivileges) {
  write("/sys/hypervisor/type", "xen\n");
  write("/proc/xen/capabilities", "control_d\n");
  write("/dev/xen/privcmd", "");
  EXPECT_TRUE(explains("as root", EACCES));
}

TEST_F(Surroundings, NoPrivilegedCommandDevice) {
  write("/sys/hypervisor/type", "xen\n");
  EXPECT_TRUE(explains("modprobe xen-privcmd"));
}

TEST_F(Surroundings, NothingIsWrong) {
  write("/sys/hypervisor/type", "xen\n");
  write("/proc/xen/capabilities", "control_d\n");
  write("/dev/xen/privcmd", "");
  EXPECT_EQ(explainSurroundings(root, ENXIO), "");
}

} // namespace
} // namespace suture::xen
