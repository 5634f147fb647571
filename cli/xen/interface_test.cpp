// SPDX-License-Identifier: Apache-2.0
// Our structures against the header of Debian's Xen (libxen-dev).
#include "cli/xen/interface.h"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <iterator>

#define __XEN_TOOLS__ 1
extern "C" {
#include <xen/xen.h>

#include <xen/sysctl.h>
#include <xen/version.h>
}

namespace suture::xen {
namespace {

TEST(Interface, EnvelopeHasXensLayout) {
  EXPECT_EQ(sizeof(Sysctl), sizeof(xen_sysctl));
  EXPECT_EQ(offsetof(Sysctl, interfaceVersion), offsetof(xen_sysctl, interface_version));
  EXPECT_EQ(offsetof(Sysctl, u), offsetof(xen_sysctl, u));
  EXPECT_EQ(sizeof(ReadConsole), sizeof(xen_sysctl_readconsole));
  EXPECT_EQ(offsetof(ReadConsole, incremental), offsetof(xen_sysctl_readconsole, incremental));
  EXPECT_EQ(offsetof(ReadConsole, index), offsetof(xen_sysctl_readconsole, index));
  EXPECT_EQ(offsetof(ReadConsole, buffer), offsetof(xen_sysctl_readconsole, buffer));
  EXPECT_EQ(offsetof(ReadConsole, count), offsetof(xen_sysctl_readconsole, count));
}

TEST(Interface, LivepatchOperationHasXensLayout) {
  // Longer by what Suture adds to the union, which still fits the envelope.
  EXPECT_LE(sizeof(format::LivepatchOp), sizeof(Sysctl::u));
  EXPECT_EQ(offsetof(format::LivepatchOp, u), offsetof(xen_sysctl_livepatch_op, u));
  EXPECT_EQ(sizeof(format::UploadRequest), sizeof(xen_sysctl_livepatch_upload));
  EXPECT_EQ(sizeof(format::GetRequest), sizeof(xen_sysctl_livepatch_get));
  EXPECT_EQ(sizeof(format::ListRequest), sizeof(xen_sysctl_livepatch_list));
  EXPECT_EQ(sizeof(format::ActionRequest), sizeof(xen_sysctl_livepatch_action));
  EXPECT_EQ(offsetof(format::ListRequest, metadataTotalSize),
            offsetof(xen_sysctl_livepatch_list, metadata_total_size));
  EXPECT_EQ(offsetof(format::ListRequest, metadataLength),
            offsetof(xen_sysctl_livepatch_list, metadata_len));
  EXPECT_EQ(offsetof(format::ActionRequest, flags), offsetof(xen_sysctl_livepatch_action, flags));
}

TEST(Interface, NumbersAreXens) {
  EXPECT_EQ(sysctlHypercall, unsigned{__HYPERVISOR_sysctl});
  EXPECT_EQ(xenVersionHypercall, unsigned{__HYPERVISOR_xen_version});
  EXPECT_EQ(versionNumber, unsigned{XENVER_version});
  EXPECT_EQ(versionExtra, unsigned{XENVER_extraversion});
  EXPECT_EQ(extraVersionSize, sizeof(xen_extraversion_t));
  EXPECT_EQ(versionBuildId, unsigned{XENVER_build_id});
  EXPECT_EQ(offsetof(BuildId, bytes), offsetof(xen_build_id, buf));
  EXPECT_EQ(static_cast<uint32_t>(SysctlCommand::ReadConsole), unsigned{XEN_SYSCTL_readconsole});
  EXPECT_EQ(static_cast<uint32_t>(SysctlCommand::Livepatch), unsigned{XEN_SYSCTL_livepatch_op});
  EXPECT_NE(std::ranges::find(knownInterfaceVersions, uint32_t{XEN_SYSCTL_INTERFACE_VERSION}),
            std::end(knownInterfaceVersions));
}

} // namespace
} // namespace suture::xen
