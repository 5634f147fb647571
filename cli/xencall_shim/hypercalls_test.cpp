// SPDX-License-Identifier: Apache-2.0
#include "cli/xencall_shim/hypercalls.h"

#include "cli/xen/interface.h"

#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>

namespace suture::shim {
namespace {

using format::LivepatchOp;

/// A client of libxencall with a sysctl in hypercall memory.
struct Caller {
  explicit Caller(client::Call call) : hypercalls(std::move(call), memory) {
    sysctl = static_cast<xen::Sysctl *>(memory.allocate(1));
    sysctl->command = 27;
    sysctl->interfaceVersion = 0x15;
  }
  ~Caller() { memory.free(sysctl, 1); }
  int make() { return hypercalls.sysctl(client::handleOf(sysctl)); }

  HypercallMemory memory;
  Hypercalls hypercalls;
  xen::Sysctl *sysctl;
};

client::Call answering(int32_t result) {
  return [result](LivepatchOp &, std::span<const client::Buffer>) {
    return client::Expected<client::Outcome>(client::Outcome{result, ""});
  };
}

TEST(HypercallMemory, KnowsTheRoomBehindAnAddress) {
  HypercallMemory memory;
  auto *pages = static_cast<std::byte *>(memory.allocate(2));
  ASSERT_NE(pages, nullptr);
  EXPECT_EQ(memory.from(client::handleOf(pages)).size(), 8192u);
  EXPECT_EQ(memory.from(client::handleOf(pages + 8000)).size(), 192u);
  EXPECT_EQ(memory.from(client::handleOf(pages + 8192)).size(), 0u);
  memory.free(pages, 2);
  EXPECT_EQ(memory.from(client::handleOf(pages)).size(), 0u);
}

TEST(Hypercalls, UnknownInterfaceVersionIsAccess) {
  Caller caller(answering(0));
  caller.sysctl->interfaceVersion = 0x13;
  EXPECT_EQ(caller.make(), -EACCES);
}

TEST(Hypercalls, OtherSysctlsAreNoSys) {
  Caller caller(answering(0));
  caller.sysctl->command = 3;
  EXPECT_EQ(caller.make(), -ENOSYS);
}

TEST(Hypercalls, SysctlOutsideHypercallMemoryIsFault) {
  Caller caller(answering(0));
  xen::Sysctl elsewhere = *caller.sysctl;
  EXPECT_EQ(caller.hypercalls.sysctl(client::handleOf(&elsewhere)), -EFAULT);
}

TEST(Hypercalls, UploadCarriesNameAndPayload) {
  std::vector<size_t> sizes;
  Caller caller([&](LivepatchOp &, std::span<const client::Buffer> buffers) {
    for (const client::Buffer &buffer : buffers)
      sizes.push_back(buffer.bytes.size());
    return client::Expected<client::Outcome>(client::Outcome{0, ""});
  });
  void *name = caller.memory.allocate(1);
  void *payload = caller.memory.allocate(3);
  caller.sysctl->u.livepatch.u.upload = {
      {client::handleOf(name), 4, {}}, 9000, client::handleOf(payload)};
  EXPECT_EQ(caller.make(), 0);
  EXPECT_EQ(sizes, (std::vector<size_t>{4, 9000}));
  caller.sysctl->u.livepatch.u.upload.size = 3 * 4096 + 1;
  EXPECT_EQ(caller.make(), -EFAULT);
  caller.memory.free(name, 1);
  caller.memory.free(payload, 3);
}

TEST(Hypercalls, ListTellsTheHypervisorHowMuchRoomThereIs) {
  format::ListRequest asked{};
  Caller caller([&](LivepatchOp &op, std::span<const client::Buffer> buffers) {
    asked = op.u.list;
    EXPECT_EQ(buffers.size(), 4u);
    op.u.list.count = 0;
    op.u.list.version = 9;
    return client::Expected<client::Outcome>(client::Outcome{2, ""});
  });
  auto *memory = static_cast<std::byte *>(caller.memory.allocate(4));
  format::ListRequest &list = caller.sysctl->u.livepatch.u.list;
  caller.sysctl->u.livepatch.command = 2;
  list.count = 2;
  list.status = client::handleOf(memory);
  list.nameLength = client::handleOf(memory + 4096);
  list.metadataLength = client::handleOf(memory + 8192);
  list.name = client::handleOf(memory + 12288);
  EXPECT_EQ(caller.make(), 2);
  EXPECT_EQ(asked.nameTotalSize, 4096u);
  EXPECT_EQ(asked.metadataTotalSize, 0u);
  EXPECT_EQ(list.version, 9u);
  EXPECT_EQ(list.metadata, 0u) << "the caller's own handle";
  caller.memory.free(memory, 4);
}

TEST(Hypercalls, ErrorsComeBackWithTheStructure) {
  Caller caller([](LivepatchOp &op, std::span<const client::Buffer>) {
    op.u.list.count = 77;
    return client::Expected<client::Outcome>(client::Outcome{-EINVAL, ""});
  });
  caller.sysctl->u.livepatch.command = 2;
  EXPECT_EQ(caller.make(), -EINVAL);
  EXPECT_EQ(caller.sysctl->u.livepatch.u.list.count, 77u);
}

TEST(Hypercalls, BuildIdIsTheHypervisors) {
  Caller caller([](LivepatchOp &op, std::span<const client::Buffer>) {
    op.u.detail.hypervisorBuildIdSize = 3;
    std::memcpy(op.u.detail.hypervisorBuildId, "abc", 3);
    return client::Expected<client::Outcome>(client::Outcome{0, ""});
  });
  auto *id = static_cast<xen::BuildId *>(caller.memory.allocate(1));
  id->size = 64;
  EXPECT_EQ(caller.hypercalls.xenVersion(xen::versionBuildId, client::handleOf(id)), 3);
  EXPECT_EQ(std::memcmp(id->bytes, "abc", 3), 0);
  id->size = 2;
  EXPECT_EQ(caller.hypercalls.xenVersion(xen::versionBuildId, client::handleOf(id)), -ENOBUFS);
  EXPECT_EQ(caller.hypercalls.xenVersion(xen::versionBuildId, 0), 3);
  caller.memory.free(id, 1);
}

} // namespace
} // namespace suture::shim
