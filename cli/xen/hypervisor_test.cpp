// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/hypervisor.h"

#include "cli/xen/scripted_xen.h"

#include <cerrno>
#include <gtest/gtest.h>

namespace suture::xen {
namespace {

using client::ErrorKind;

client::Expected<std::unique_ptr<Hypervisor>> openHypervisor() {
  auto xencall = Xencall::open(ScriptedXen::functions());
  if (!xencall)
    return std::unexpected(xencall.error());
  return Hypervisor::open(std::move(*xencall));
}

class EachVersion : public testing::TestWithParam<uint32_t> {};

TEST_P(EachVersion, IsFoundByAsking) {
  ScriptedXen xen;
  xen.interfaceVersion = GetParam();
  auto hypervisor = openHypervisor();
  ASSERT_TRUE(hypervisor.has_value()) << hypervisor.error().reason;
  EXPECT_EQ((*hypervisor)->interfaceVersion(), GetParam());
}
INSTANTIATE_TEST_SUITE_P(Hypervisor, EachVersion, testing::ValuesIn(knownInterfaceVersions));

TEST(Hypervisor, UnknownInterfaceVersionIsRefusedAndNamed) {
  ScriptedXen xen;
  xen.interfaceVersion = 0x17;
  bool asked = false;
  xen.livepatch = [&](format::LivepatchOp &) {
    asked = true;
    return 0;
  };
  auto hypervisor = openHypervisor();
  ASSERT_FALSE(hypervisor.has_value());
  EXPECT_EQ(hypervisor.error().kind, ErrorKind::Failed);
  EXPECT_NE(hypervisor.error().reason.find("Xen 4.17.7 speaks version 0x17"), std::string::npos)
      << hypervisor.error().reason;
  EXPECT_FALSE(asked) << "an operation was made in a version of unknown layout";
}

TEST(Hypervisor, XenWithoutLivePatchingIsSaidSo) {
  ScriptedXen xen;
  xen.livepatch = [](format::LivepatchOp &) { return -ENOSYS; };
  auto hypervisor = openHypervisor();
  ASSERT_FALSE(hypervisor.has_value());
  EXPECT_EQ(hypervisor.error().kind, ErrorKind::Failed);
  EXPECT_NE(hypervisor.error().reason.find("without live patching"), std::string::npos);
}

TEST(Hypervisor, UnprivilegedDomainIsRefused) {
  ScriptedXen xen;
  xen.livepatch = [](format::LivepatchOp &) { return -EPERM; };
  auto hypervisor = openHypervisor();
  ASSERT_FALSE(hypervisor.has_value());
  EXPECT_EQ(hypervisor.error().kind, ErrorKind::Refused);
  EXPECT_NE(hypervisor.error().reason.find("dom0"), std::string::npos);
}

TEST(Hypervisor, DeviceThatCannotBeOpenedIsUnreachable) {
  ScriptedXen xen;
  xen.openErrno = EACCES;
  auto hypervisor = openHypervisor();
  ASSERT_FALSE(hypervisor.has_value());
  EXPECT_EQ(hypervisor.error().kind, ErrorKind::Unreachable);
  EXPECT_EQ(hypervisor.error().errnoValue, EACCES);
}

TEST(Hypervisor, TellsItsBuildIdAndVersion) {
  ScriptedXen xen;
  xen.buildId = {1, 2, 3};
  auto hypervisor = openHypervisor();
  ASSERT_TRUE(hypervisor.has_value());
  EXPECT_EQ((*hypervisor)->buildId(), xen.buildId);
  EXPECT_EQ((*hypervisor)->version(), "4.17.7");
  xen.buildId.clear();
  EXPECT_TRUE((*hypervisor)->buildId().empty());
}

TEST(Hypervisor, GivesBackAllHypercallMemory) {
  ScriptedXen xen;
  {
    auto hypervisor = openHypervisor();
    ASSERT_TRUE(hypervisor.has_value());
    EXPECT_EQ((*hypervisor)->version(), "4.17.7");
  }
  EXPECT_EQ(xen.regions(), 0u);
}

} // namespace
} // namespace suture::xen
