// SPDX-License-Identifier: Apache-2.0
// Checks of the control handler, in the order in which it makes them.

#include "runtime/testing/checks/caller.h"
#include "runtime/testing/checks/scene.h"

#include <string>

namespace suture::testing {
namespace {

using format::Command;
using format::LivepatchOp;

class ControlChecks : public ::testing::Test {
protected:
  LivepatchOp operation(Command command) {
    LivepatchOp op{};
    op.command = static_cast<uint32_t>(command);
    return op;
  }
  LivepatchOp uploadOp(std::string_view name, const Bytes &bytes) {
    LivepatchOp op = operation(Command::Upload);
    op.u.upload = {.name = caller.name(name), .size = bytes.size(), .payload = caller.add(bytes)};
    return op;
  }
  LivepatchOp getOp(std::string_view name) {
    LivepatchOp op = operation(Command::Get);
    op.u.get = {.name = caller.name(name), .status = {}};
    return op;
  }
  LivepatchOp actionOp(std::string_view name, Action action) {
    LivepatchOp op = operation(Command::Action);
    op.u.action = {.name = caller.name(name),
                   .action = static_cast<uint32_t>(action),
                   .timeoutNs = 0,
                   .flags = 0,
                   .padding = 0};
    return op;
  }
  /// A list request with buffers of exactly these sizes.
  LivepatchOp listOp(uint32_t index, uint32_t count, uint32_t names, uint32_t metadata) {
    LivepatchOp op = operation(Command::List);
    op.u.list = {.version = 0,
                 .index = index,
                 .count = count,
                 .padding = 0,
                 .nameTotalSize = names,
                 .metadataTotalSize = metadata,
                 .status = caller.addZeros(count * sizeof(format::PayloadStatus)),
                 .name = caller.addZeros(names),
                 .nameLength = caller.addZeros(count * 4),
                 .metadata = caller.addZeros(metadata),
                 .metadataLength = caller.addZeros(count * 4)};
    return op;
  }
  LivepatchOp detailOp(uint32_t index, uint32_t count) {
    LivepatchOp op = operation(Command::Detail);
    op.u.detail.index = index;
    op.u.detail.count = count;
    op.u.detail.records = caller.addZeros(count * sizeof(format::DetailRecord));
    return op;
  }

  LivepatchOp detailOfOp(std::string_view name) {
    LivepatchOp op = operation(Command::DetailOf);
    op.u.detailOf.name = caller.name(name);
    op.u.detailOf.record = caller.addZeros(sizeof(format::DetailRecord));
    return op;
  }

  ControlOutcome handle(LivepatchOp &op) { return handler.handle(op, caller); }
  /// Expects the error, its errno and its text.
  void refused(LivepatchOp op, ErrorCode code) {
    const ControlOutcome outcome = handle(op);
    EXPECT_EQ(outcome.result, -static_cast<int32_t>(errnoOf(code))) << outcome.reason.view();
    EXPECT_FALSE(outcome.reason.empty());
    ASSERT_TRUE(outcome.code.has_value());
    EXPECT_EQ(errorName(*outcome.code), errorName(code)) << outcome.reason.view();
    provokedCodes().insert(code);
  }
  void upload(std::string_view name, uint64_t seed, std::string metadata = {}) {
    PayloadFile file = scene.empty(seed);
    file.addFunction({.name = "victim"});
    if (!metadata.empty())
      file.addSection({.name = format::section::modinfo,
                       .flags = elf::flagAlloc,
                       .data = {metadata.begin(), metadata.end()}});
    LivepatchOp op = uploadOp(name, file.build());
    const ControlOutcome outcome = handle(op);
    ASSERT_EQ(outcome.result, 0) << outcome.reason.view();
  }

  Scene scene;
  ControlHandler<FakePlatform> handler{scene.core};
  Caller caller;
};

TEST_F(ControlChecks, OpFlagsNotZero) {
  LivepatchOp op = getOp("fix");
  op.flags = 1;
  refused(op, ErrorCode::OpFlagsNotZero);
}

TEST_F(ControlChecks, UnknownCommand) {
  LivepatchOp op{};
  op.command = 4;
  refused(op, ErrorCode::UnknownCommand);
}

TEST_F(ControlChecks, NameSizeOutOfRange) {
  for (uint16_t size : std::initializer_list<uint16_t>{0, 1, 129, 0xffff}) {
    LivepatchOp op = getOp("fix");
    op.u.get.name.size = size;
    refused(op, ErrorCode::NameSizeOutOfRange);
  }
}

TEST_F(ControlChecks, NamesOfOneAnd127BytesAreGood) {
  upload("x", 1);
  upload(std::string(127, 'y'), 2);
  EXPECT_EQ(scene.core.payloads().count(), 2u);
}

TEST_F(ControlChecks, NamePaddingNotZero) {
  LivepatchOp op = getOp("fix");
  op.u.get.name.padding[2] = 1;
  refused(op, ErrorCode::NamePaddingNotZero);
}

TEST_F(ControlChecks, NameUnreadable) {
  LivepatchOp op = getOp("fix");
  op.u.get.name.name = 16;
  refused(op, ErrorCode::NameUnreadable);
}

TEST_F(ControlChecks, UploadNameUnreadableIsInvalid) {
  LivepatchOp op = uploadOp("fix", scene.valid().build());
  op.u.upload.name.name = 16;
  refused(op, ErrorCode::UploadNameUnreadable);
}

TEST_F(ControlChecks, NameNotTerminated) {
  LivepatchOp op = getOp("fix");
  op.u.get.name.size -= 1;
  refused(op, ErrorCode::NameNotTerminated);
}

TEST_F(ControlChecks, NameContainsNul) {
  refused(getOp(std::string_view("a\0b", 3)), ErrorCode::NameContainsNul);
}

TEST_F(ControlChecks, NameHasControlCharacter) {
  for (std::string_view name : {"a\nb", "\x1b[31m", "\x7f"})
    refused(uploadOp(name, scene.valid().build()), ErrorCode::NameHasControlCharacter);
}

TEST_F(ControlChecks, PayloadSizeZero) { refused(uploadOp("fix", {}), ErrorCode::PayloadSizeZero); }

TEST_F(ControlChecks, PayloadTooLarge) {
  LivepatchOp op = uploadOp("fix", scene.valid().build());
  op.u.upload.size = format::maxPayloadSize + 1;
  refused(op, ErrorCode::PayloadTooLarge);
}

TEST_F(ControlChecks, PayloadOutsideCaller) {
  LivepatchOp op = uploadOp("fix", scene.valid().build());
  op.u.upload.size += 1;
  refused(op, ErrorCode::PayloadOutsideCaller);
}

TEST_F(ControlChecks, NameInUseIsSeenBeforeTheFileIsRead) {
  upload("fix", 1);
  refused(uploadOp("fix", Bytes(10)), ErrorCode::NameInUse);
}

TEST_F(ControlChecks, NoMemoryForFile) {
  LivepatchOp op = uploadOp("fix", scene.valid().build());
  scene.platform.failNext(Fallible::Allocate);
  refused(op, ErrorCode::NoMemoryForFile);
}

TEST_F(ControlChecks, PayloadUnreadable) {
  class FaultAfterName final {
  public:
    explicit FaultAfterName(Caller &caller) : caller_(caller) {}
    bool readable(format::Handle h, uint64_t size) noexcept { return caller_.readable(h, size); }
    bool writable(format::Handle h, uint64_t size) noexcept { return caller_.writable(h, size); }
    bool copyIn(format::Handle h, std::span<std::byte> out) noexcept {
      return out.size() <= format::nameSize && caller_.copyIn(h, out);
    }
    bool copyOut(format::Handle h, std::span<const std::byte> in) noexcept {
      return caller_.copyOut(h, in);
    }

  private:
    Caller &caller_;
  } faulty{caller};
  LivepatchOp op = uploadOp("fix", scene.valid().build());
  EXPECT_EQ(handler.handle(op, faulty).result, -14);
  provokedCodes().insert(ErrorCode::PayloadUnreadable);
}

TEST_F(ControlChecks, RequestPaddingNotZero) {
  LivepatchOp action = actionOp("fix", Action::Apply);
  action.u.action.padding = 1;
  refused(action, ErrorCode::RequestPaddingNotZero);
  LivepatchOp list = listOp(0, 0, 0, 0);
  list.u.list.padding = 1;
  refused(list, ErrorCode::RequestPaddingNotZero);
  LivepatchOp detail = detailOp(0, 0);
  detail.u.detail.padding2 = 1;
  refused(detail, ErrorCode::RequestPaddingNotZero);
  LivepatchOp probation = operation(Command::ActionOnProbation);
  probation.u.probation.padding = 1;
  refused(probation, ErrorCode::RequestPaddingNotZero);
  LivepatchOp detailOf = detailOfOp("fix");
  detailOf.u.detailOf.padding = 1;
  refused(detailOf, ErrorCode::RequestPaddingNotZero);
}

TEST_F(ControlChecks, ListTooLong) {
  LivepatchOp op = listOp(0, 1025, 0, 0);
  op.u.list.padding = 1; // Comes later.
  refused(op, ErrorCode::ListTooLong);
  refused(detailOp(0, 1025), ErrorCode::ListTooLong);
}

TEST_F(ControlChecks, ListBufferBad) {
  for (format::Handle format::ListRequest::*field :
       {&format::ListRequest::status, &format::ListRequest::nameLength,
        &format::ListRequest::metadataLength}) {
    LivepatchOp op = listOp(7, 4, 100, 100); // The index is bad too, and comes later.
    op.u.list.*field = 8;
    refused(op, ErrorCode::ListBufferBad);
  }
  LivepatchOp detail = detailOp(0, 4);
  detail.u.detail.records = 8;
  refused(detail, ErrorCode::ListBufferBad);
  LivepatchOp detailOf = detailOfOp("fix");
  detailOf.u.detailOf.record = 8;
  refused(detailOf, ErrorCode::ListBufferBad);
}

TEST_F(ControlChecks, ListNameBufferThatIsNotThere) {
  upload("fix", 1);
  LivepatchOp op = listOp(0, 1, 100, 0);
  op.u.list.name = 8;
  refused(op, ErrorCode::ListBufferBad);
}

TEST_F(ControlChecks, ListIndexOutOfRange) {
  LivepatchOp any = listOp(9, 0, 0, 0);
  EXPECT_EQ(handle(any).result, 0) << "with no payloads, any index is good";
  upload("fix", 1);
  refused(listOp(1, 1, 100, 100), ErrorCode::ListIndexOutOfRange);
  refused(detailOp(1, 1), ErrorCode::ListIndexOutOfRange);
}

TEST_F(ControlChecks, ListBufferTooSmallCountsTheEntryAsLeft) {
  upload("one", 1);
  upload("second", 2);
  // Room for "one\0" and half of "second\0".
  LivepatchOp op = listOp(0, 2, 8, 0);
  const ControlOutcome outcome = handle(op);
  EXPECT_EQ(outcome.result, -105);
  provokedCodes().insert(ErrorCode::ListBufferTooSmall);
  EXPECT_EQ(op.u.list.count, 1u) << "the second one is left";
  EXPECT_EQ(op.u.list.nameTotalSize, 4u);
  const std::vector<std::byte> &names = caller.at(op.u.list.name);
  EXPECT_EQ(std::string(reinterpret_cast<const char *>(names.data()), 8),
            std::string("one\0\0\0\0\0", 8));
}

TEST_F(ControlChecks, ListUnwritable) {
  upload("fix", 1);
  LivepatchOp list = listOp(0, 1, 100, 100), detail = detailOp(0, 1), one = detailOfOp("fix");
  caller.faultOnCopyOut();
  refused(list, ErrorCode::ListUnwritable);
  refused(detail, ErrorCode::ListUnwritable);
  refused(one, ErrorCode::ListUnwritable);
}

TEST_F(ControlChecks, UnknownNameInEveryOperation) {
  refused(getOp("nobody"), ErrorCode::UnknownName);
  refused(actionOp("nobody", Action::Apply), ErrorCode::UnknownName);
  refused(detailOfOp("nobody"), ErrorCode::UnknownName);
  LivepatchOp confirm = operation(Command::Confirm);
  confirm.u.confirm.name = caller.name("nobody");
  refused(confirm, ErrorCode::UnknownName);
}

} // namespace
} // namespace suture::testing
