// SPDX-License-Identifier: Apache-2.0
// What the handler answers when all is well; what it refuses stands in runtime/testing/checks.

#include "runtime/control/handler.h"

#include "runtime/testing/checks/caller.h"
#include "runtime/testing/checks/scene.h"

#include <numeric>
#include <string>

namespace suture::testing {
namespace {

using format::Command;
using format::LivepatchOp;

class Handler : public ::testing::Test {
protected:
  /// Uploads `count` payloads, named by their number and padded to lengths from 1 to 127.
  void uploadMany(uint32_t count) {
    for (uint32_t index = 0; index < count; ++index) {
      PayloadFile file{scene.platform.buildId(), scene.platform.buildId(), index + 1};
      file.addFunction({.oldAddress = (Scene::victim + uint64_t{64} * index).value});
      std::string metadata = "n=" + std::to_string(index);
      if (index % 3 != 0)
        file.addSection({.name = format::section::modinfo,
                         .flags = elf::flagAlloc,
                         .data = {metadata.c_str(), metadata.c_str() + metadata.size() + 1}});
      std::string name = std::to_string(index);
      name.resize(std::max<size_t>(name.size(), index % 127 + 1), '_');
      names.push_back(name);
      metadatas.push_back(index % 3 == 0 ? "" : metadata + '\0');
      expectDone(scene.upload(name, file));
    }
  }
  LivepatchOp list(uint32_t index, uint32_t count, uint32_t nameRoom, uint32_t metadataRoom) {
    LivepatchOp op{};
    op.command = static_cast<uint32_t>(Command::List);
    op.u.list = {.version = 0,
                 .index = index,
                 .count = count,
                 .padding = 0,
                 .nameTotalSize = nameRoom,
                 .metadataTotalSize = metadataRoom,
                 .status = caller.addZeros(count * sizeof(format::PayloadStatus)),
                 .name = caller.addZeros(nameRoom),
                 .nameLength = caller.addZeros(count * 4),
                 .metadata = caller.addZeros(metadataRoom),
                 .metadataLength = caller.addZeros(count * 4)};
    return op;
  }
  std::string textAt(format::Handle handle, uint64_t offset, uint32_t size) {
    const std::vector<std::byte> &bytes = caller.at(handle);
    return {reinterpret_cast<const char *>(bytes.data()) + offset, size};
  }

  Scene scene;
  ControlHandler<FakePlatform> handler{scene.core};
  Caller caller;
  std::vector<std::string> names, metadatas;
};

TEST_F(Handler, ListProbeSaysHowMuchThereIs) {
  uploadMany(10);
  LivepatchOp op = list(3, 0, 0, 0);
  EXPECT_EQ(handler.handle(op, caller).result, 0);
  EXPECT_EQ(op.u.list.count, 10u) << "the index is not taken off";
  uint32_t nameTotal = 0, metadataTotal = 0;
  for (const std::string &name : names)
    nameTotal += static_cast<uint32_t>(name.size() + 1);
  for (const std::string &metadata : metadatas)
    metadataTotal += static_cast<uint32_t>(metadata.size());
  EXPECT_EQ(op.u.list.nameTotalSize, nameTotal);
  EXPECT_EQ(op.u.list.metadataTotalSize, metadataTotal);
  EXPECT_EQ(op.u.list.version, scene.core.version());
}

TEST_F(Handler, ListInChunksGivesEachNameOnceInUploadOrder) {
  uploadMany(300);
  for (uint32_t chunk : {1u, 7u, 128u, 300u, 1024u}) {
    uint32_t done = 0;
    while (done < names.size()) {
      const auto expected = std::min<uint32_t>(chunk, static_cast<uint32_t>(names.size()) - done);
      // Exactly as much room as this chunk needs.
      uint32_t nameRoom = 0, metadataRoom = 0;
      for (uint32_t index = done; index < done + expected; ++index) {
        nameRoom += static_cast<uint32_t>(names[index].size() + 1);
        metadataRoom += static_cast<uint32_t>(metadatas[index].size());
      }
      LivepatchOp op = list(done, chunk, nameRoom, metadataRoom);
      const ControlOutcome outcome = handler.handle(op, caller);
      ASSERT_EQ(outcome.result, static_cast<int32_t>(expected)) << outcome.reason.view();
      ASSERT_EQ(op.u.list.count, names.size() - done - expected) << "left";
      ASSERT_EQ(op.u.list.nameTotalSize, nameRoom);
      ASSERT_EQ(op.u.list.metadataTotalSize, metadataRoom);
      uint64_t nameOffset = 0, metadataOffset = 0;
      for (uint32_t entry = 0; entry < expected; ++entry) {
        const auto nameSize = caller.read<uint32_t>(op.u.list.nameLength, entry);
        const auto metadataSize = caller.read<uint32_t>(op.u.list.metadataLength, entry);
        ASSERT_EQ(textAt(op.u.list.name, nameOffset, nameSize), names[done + entry] + '\0');
        ASSERT_EQ(textAt(op.u.list.metadata, metadataOffset, metadataSize),
                  metadatas[done + entry]);
        ASSERT_EQ(caller.read<format::PayloadStatus>(op.u.list.status, entry).state, 1u);
        nameOffset += nameSize;
        metadataOffset += metadataSize;
      }
      done += expected;
    }
  }
}

TEST_F(Handler, EmptyListIsNoError) {
  LivepatchOp op = list(0, 5, 10, 10);
  EXPECT_EQ(handler.handle(op, caller).result, 0);
  EXPECT_EQ(op.u.list.count, 0u);
  EXPECT_EQ(op.u.list.nameTotalSize, 0u);
}

TEST_F(Handler, GetGivesTheReasonOfAFailedAction) {
  expectDone(scene.upload("fix", scene.valid()));
  scene.platform.failNext(Fallible::QuiesceTimeout);
  EXPECT_EQ(scene.perform("fix", Action::Apply), -16);
  LivepatchOp op{};
  op.command = static_cast<uint32_t>(Command::Get);
  op.u.get.name = caller.name("fix");
  const ControlOutcome outcome = handler.handle(op, caller);
  EXPECT_EQ(outcome.result, 0);
  EXPECT_EQ(op.u.get.status.state, 1u);
  EXPECT_EQ(op.u.get.status.result, -16);
  EXPECT_EQ(outcome.reason.view(), "3 of 4 CPUs stopped within 30000000 ns; nothing was changed");
}

TEST_F(Handler, ActionIsAnsweredAtOnceAndDoneAtTheSafePoint) {
  expectDone(scene.upload("fix", scene.valid()));
  LivepatchOp op{};
  op.command = static_cast<uint32_t>(Command::Action);
  op.u.action.name = caller.name("fix");
  op.u.action.action = 3;
  EXPECT_EQ(handler.handle(op, caller).result, 0);
  EXPECT_TRUE(scene.platform.safePointRequested());
  LivepatchOp get{};
  get.command = static_cast<uint32_t>(Command::Get);
  get.u.get.name = caller.name("fix");
  EXPECT_EQ(handler.handle(get, caller).result, 0);
  EXPECT_EQ(get.u.get.status.result, -11);
  EXPECT_TRUE(scene.core.hasWork(0));
  scene.core.runPending();
  EXPECT_EQ(handler.handle(get, caller).result, 0);
  EXPECT_EQ(get.u.get.status.result, 0);
  EXPECT_EQ(get.u.get.status.state, 2u);
}

TEST_F(Handler, DetailTellsWhatListDoesNot) {
  expectDone(scene.upload("first", scene.valid(1)));
  PayloadFile second = scene.onTopOf(1, 2);
  second.addFunction({.name = "other"});
  second.addFunction({.name = "victim"});
  expectDone(scene.upload("second", second));
  ASSERT_EQ(scene.perform("first", Action::Apply), 0);
  expectDone(scene.core.requestAction({.name = "second", .action = 3, .probationMs = 30'000}));
  scene.core.runPending();

  LivepatchOp op{};
  op.command = static_cast<uint32_t>(Command::Detail);
  EXPECT_EQ(handler.handle(op, caller).result, 0);
  EXPECT_EQ(op.u.detail.count, 2u);
  EXPECT_EQ(op.u.detail.hypervisorBuildIdSize, 20u);
  EXPECT_TRUE(std::equal(op.u.detail.hypervisorBuildId, op.u.detail.hypervisorBuildId + 20,
                         scene.platform.buildId().begin()));

  op.u.detail.count = 5;
  op.u.detail.records = caller.addZeros(5 * sizeof(format::DetailRecord));
  ASSERT_EQ(handler.handle(op, caller).result, 2);
  EXPECT_EQ(op.u.detail.count, 0u);
  const auto record = caller.read<format::DetailRecord>(op.u.detail.records, 1);
  EXPECT_STREQ(record.name, "second");
  EXPECT_EQ(record.nameLength, 7u);
  EXPECT_EQ(record.stackPosition, 2u);
  EXPECT_EQ(record.functions, 2u);
  EXPECT_EQ(record.status.state, 2u);
  EXPECT_GT(record.probationLeftMs, 29'000u);
  EXPECT_LE(record.probationLeftMs, 30'000u);
  EXPECT_EQ(record.times.pauseNs, 200u);
  EXPECT_GT(record.memorySize, 0u);
  const std::vector<uint8_t> depends = PayloadFile::buildIdOf(1);
  EXPECT_TRUE(std::ranges::equal(std::span{record.depends, record.dependsSize}, depends));
  const auto first = caller.read<format::DetailRecord>(op.u.detail.records, 0);
  EXPECT_EQ(first.probationLeftMs, 0u);
  EXPECT_EQ(first.stackPosition, 1u);
}

TEST_F(Handler, DetailOfOnePayloadIsItsRecordInTheList) {
  for (uint64_t seed = 1; seed <= 3; ++seed)
    expectDone(scene.upload("p" + std::to_string(seed), scene.valid(seed)));
  scene.platform.failNext(Fallible::QuiesceTimeout);
  ASSERT_EQ(scene.perform("p2", Action::Apply), -16);
  LivepatchOp all{}, one{};
  all.command = static_cast<uint32_t>(Command::Detail);
  all.u.detail.count = 3;
  all.u.detail.records = caller.addZeros(3 * sizeof(format::DetailRecord));
  ASSERT_EQ(handler.handle(all, caller).result, 3);
  one.command = static_cast<uint32_t>(Command::DetailOf);
  one.u.detailOf.name = caller.name("p2");
  one.u.detailOf.record = caller.addZeros(sizeof(format::DetailRecord));
  const ControlOutcome outcome = handler.handle(one, caller);
  ASSERT_EQ(outcome.result, 0) << outcome.reason.view();
  EXPECT_NE(outcome.reason.view().find("3 of 4 CPUs"), std::string_view::npos);
  EXPECT_EQ(one.u.detailOf.version, scene.core.version());
  EXPECT_EQ(
      caller.at(one.u.detailOf.record),
      std::vector(caller.at(all.u.detail.records).begin() + sizeof(format::DetailRecord),
                  caller.at(all.u.detail.records).begin() + 2 * sizeof(format::DetailRecord)));
}

TEST_F(Handler, ProbationIsConfirmedThroughTheHandler) {
  expectDone(scene.upload("fix", scene.valid()));
  LivepatchOp op{};
  op.command = static_cast<uint32_t>(Command::ActionOnProbation);
  op.u.probation.action.name = caller.name("fix");
  op.u.probation.action.action = 3;
  op.u.probation.probationMs = 10;
  EXPECT_EQ(handler.handle(op, caller).result, 0);
  scene.core.runPending();
  LivepatchOp confirm{};
  confirm.command = static_cast<uint32_t>(Command::Confirm);
  confirm.u.confirm.name = caller.name("fix");
  EXPECT_EQ(handler.handle(confirm, caller).result, 0);
  EXPECT_EQ(handler.handle(confirm, caller).result, -22);
  scene.platform.advance(1'000'000'000);
  scene.core.runPending();
  EXPECT_EQ(scene.payload("fix").state, State::Applied);
}

} // namespace
} // namespace suture::testing
