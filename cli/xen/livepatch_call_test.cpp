// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/livepatch_call.h"

#include "cli/client/listing.h"
#include "cli/xen/scripted_xen.h"

#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>

namespace suture::xen {
namespace {

using format::LivepatchOp;

struct Session {
  explicit Session(const ScriptedXen &) {
    auto hypervisor = Hypervisor::open(*Xencall::open(ScriptedXen::functions()));
    call = makeCall(std::make_shared<LivepatchCall>(std::move(*hypervisor)));
  }
  client::Call call;
};

client::ActionOptions options(format::ActionKind kind) {
  client::ActionOptions result{};
  result.kind = kind;
  return result;
}

std::string textAt(const ScriptedXen &xen, uint64_t address, size_t size) {
  const std::byte *bytes = xen.reach(address, size);
  return bytes != nullptr ? std::string(reinterpret_cast<const char *>(bytes), size) : "(fault)";
}

/// A Xen's answer to List for these names, as 4.17 gives it: whatever the buffers' sizes, or as
/// 4.21 does.
int answerList(const ScriptedXen &xen, format::ListRequest &list,
               const std::vector<std::string> &names, const std::string &metadata, bool bounded) {
  uint32_t total = 0;
  for (const std::string &name : names)
    total += static_cast<uint32_t>(name.size()) + 1;
  const auto count = static_cast<uint32_t>(names.size());
  const auto allMetadata = static_cast<uint32_t>(metadata.size() * names.size());
  if (list.count == 0) {
    list.count = count;
    list.version = 1;
    list.nameTotalSize = total;
    list.metadataTotalSize = allMetadata;
    return 0;
  }
  if (bounded && (list.nameTotalSize < total || list.metadataTotalSize < allMetadata))
    return -ENOBUFS;
  std::string packed;
  std::string packedMetadata;
  for (uint32_t index = 0; index < count; ++index) {
    packed += names[index] + '\0';
    packedMetadata += metadata;
    const format::PayloadStatus status{1, 0};
    const auto length = static_cast<uint32_t>(names[index].size() + 1);
    const auto metadataLength = static_cast<uint32_t>(metadata.size());
    for (const auto &[address, from, size] :
         {std::tuple{list.status, static_cast<const void *>(&status), sizeof(status)},
          std::tuple{list.nameLength, static_cast<const void *>(&length), sizeof(length)},
          std::tuple{list.metadataLength, static_cast<const void *>(&metadataLength),
                     sizeof(metadataLength)}}) {
      std::byte *to = xen.reach(address + index * size, size);
      if (to == nullptr)
        return -EFAULT;
      std::memcpy(to, from, size);
    }
  }
  std::byte *nameTo = xen.reach(list.name, packed.size());
  std::byte *metadataTo = xen.reach(list.metadata, packedMetadata.size());
  if (nameTo == nullptr || metadataTo == nullptr)
    return -EFAULT;
  std::memcpy(nameTo, packed.data(), packed.size());
  std::memcpy(metadataTo, packedMetadata.data(), packedMetadata.size());
  list.version = 1;
  list.count = 0;
  list.nameTotalSize = total;
  list.metadataTotalSize = allMetadata;
  return static_cast<int>(count);
}

TEST(LivepatchCall, UploadReachesXenThroughHypercallMemory) {
  ScriptedXen xen;
  std::string name;
  std::string payload;
  Session session(xen);
  xen.livepatch = [&](LivepatchOp &op) {
    EXPECT_EQ(op.command, 0u);
    name = textAt(xen, op.u.upload.name.name, op.u.upload.name.size);
    payload = textAt(xen, op.u.upload.payload, op.u.upload.size);
    return 0;
  };
  const std::string bytes(100'000, 'p');
  ASSERT_TRUE(client::upload(session.call, "fix", std::as_bytes(std::span(bytes))).has_value());
  EXPECT_EQ(name, std::string("fix\0", 4));
  EXPECT_EQ(payload, bytes);
}

TEST(LivepatchCall, HandlesComeBackAsTheyWere) {
  ScriptedXen xen;
  Session session(xen);
  std::string name = "fix";
  LivepatchOp op{};
  op.command = static_cast<uint32_t>(format::Command::Get);
  op.u.get.name = {client::handleOf(name.data()), 4, {}};
  xen.livepatch = [&](LivepatchOp &asked) {
    EXPECT_NE(asked.u.get.name.name, client::handleOf(name.data()));
    asked.u.get.status = {2, 0};
    return 0;
  };
  const client::Buffer buffer{std::as_writable_bytes(std::span(name.data(), 4)),
                              format::SegmentDirection::In};
  ASSERT_TRUE(session.call(op, std::span(&buffer, 1)).has_value());
  EXPECT_EQ(op.u.get.name.name, client::handleOf(name.data()));
  EXPECT_EQ(op.u.get.status.state, 2u);
}

class ListOfEachVersion : public testing::TestWithParam<uint32_t> {};

TEST_P(ListOfEachVersion, IsReadWhole) {
  for (const std::string &metadata : {std::string(), std::string("a=b\0", 4)}) {
    ScriptedXen xen;
    xen.interfaceVersion = GetParam();
    xen.buildId = {7, 8};
    const std::vector<std::string> names{"a", std::string(127, 'n'), "third"};
    Session session(xen);
    xen.livepatch = [&](LivepatchOp &op) {
      return answerList(xen, op.u.list, names, metadata, GetParam() >= firstBoundedList);
    };
    auto listing = client::list(session.call);
    ASSERT_TRUE(listing.has_value()) << listing.error().reason;
    ASSERT_EQ(listing->payloads.size(), 3u);
    EXPECT_EQ(listing->hypervisorBuildId, xen.buildId);
    for (size_t index = 0; index < names.size(); ++index) {
      EXPECT_EQ(listing->payloads[index].name, names[index]);
      EXPECT_FALSE(listing->payloads[index].detail.has_value());
    }
    EXPECT_EQ(listing->payloads[2].metadata.size(), metadata.empty() ? 0u : 1u);
  }
}

TEST_P(ListOfEachVersion, ThatOutgrewItsBuffersIsNoBufferSpace) {
  ScriptedXen xen;
  xen.interfaceVersion = GetParam();
  Session session(xen);
  xen.livepatch = [&](LivepatchOp &op) {
    return answerList(xen, op.u.list, {std::string(127, 'n')}, std::string(5000, 'm'),
                      GetParam() >= firstBoundedList);
  };
  char name[8] = {};
  format::PayloadStatus status{};
  uint32_t lengths[2] = {};
  LivepatchOp op{};
  op.command = static_cast<uint32_t>(format::Command::List);
  op.u.list.count = 1;
  op.u.list.nameTotalSize = sizeof(name);
  op.u.list.status = client::handleOf(&status);
  op.u.list.name = client::handleOf(name);
  op.u.list.nameLength = client::handleOf(&lengths[0]);
  op.u.list.metadata = op.u.list.metadataLength = client::handleOf(&lengths[1]);
  const auto out = [](auto &object) {
    return client::Buffer{std::as_writable_bytes(std::span(&object, 1)),
                          format::SegmentDirection::Out};
  };
  const client::Buffer buffers[] = {out(status), out(name), out(lengths[0]), out(lengths[1])};
  auto outcome = session.call(op, buffers);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->result, -ENOBUFS);
  EXPECT_EQ(name[0], '\0');
}
INSTANTIATE_TEST_SUITE_P(LivepatchCall, ListOfEachVersion,
                         testing::ValuesIn(knownInterfaceVersions));

TEST(LivepatchCall, FailureCarriesWhatXenLogged) {
  ScriptedXen xen;
  Session session(xen);
  xen.console = "(XEN) livepatch: fix: from an earlier try\n";
  xen.livepatch = [&](LivepatchOp &) {
    xen.console += "(XEN) livepatch: fix: check against Xen build-id failed\n";
    return -EINVAL;
  };
  auto acted = client::act(session.call, "fix", options(format::ActionKind::Apply));
  ASSERT_FALSE(acted.has_value());
  EXPECT_EQ(acted.error().kind, client::ErrorKind::Refused);
  EXPECT_EQ(acted.error().reason, "fix: check against Xen build-id failed [EINVAL]");
}

TEST(LivepatchCall, FailureThatXenDoesNotLogIsExplainedByItsErrno) {
  ScriptedXen xen;
  Session session(xen);
  xen.livepatch = [](LivepatchOp &) { return -EBUSY; };
  auto acted = client::act(session.call, "fix", options(format::ActionKind::Apply));
  ASSERT_FALSE(acted.has_value());
  EXPECT_EQ(acted.error().kind, client::ErrorKind::TryAgain);
  EXPECT_EQ(acted.error().reason, "fix: another action is under way [EBUSY]");
}

TEST(LivepatchCall, PayloadThatIsNoElfIsSaidSo) {
  ScriptedXen xen;
  Session session(xen);
  xen.livepatch = [](LivepatchOp &) { return -EINVAL; };
  const std::string bytes(200, 'x');
  auto uploaded = client::upload(session.call, "fix", std::as_bytes(std::span(bytes)));
  ASSERT_FALSE(uploaded.has_value());
  EXPECT_NE(uploaded.error().reason.find("ELF"), std::string::npos) << uploaded.error().reason;
}

TEST(LivepatchCall, FailedActionsReasonIsInItsStatus) {
  ScriptedXen xen;
  Session session(xen);
  xen.livepatch = [&](LivepatchOp &op) {
    if (op.command == static_cast<uint32_t>(format::Command::Get)) {
      xen.console += "(XEN) livepatch: fix: Timed out on semaphore in CPU quiesce phase 1/3\n";
      op.u.get.status = {1, -EBUSY};
    }
    return 0;
  };
  ASSERT_TRUE(client::act(session.call, "fix", options(format::ActionKind::Apply)).has_value());
  auto status = client::get(session.call, "fix");
  ASSERT_TRUE(status.has_value());
  EXPECT_NE(status->reason.find("Timed out on semaphore"), std::string::npos) << status->reason;
}

TEST(LivepatchCall, ProbationIsNotXens) {
  ScriptedXen xen;
  Session session(xen);
  xen.livepatch = [](LivepatchOp &) {
    ADD_FAILURE() << "Xen was asked";
    return 0;
  };
  client::ActionOptions onProbation = options(format::ActionKind::Apply);
  onProbation.probation = std::chrono::seconds(1);
  auto acted = client::act(session.call, "fix", onProbation);
  ASSERT_FALSE(acted.has_value());
  EXPECT_EQ(acted.error().errnoValue, EOPNOTSUPP);
}

} // namespace
} // namespace suture::xen
