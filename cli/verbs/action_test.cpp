// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs/action.h"

#include <bit>
#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>
#include <map>

namespace suture::verbs {
namespace {

using client::Buffer;
using client::ErrorKind;
using client::Expected;
using client::Outcome;
using format::ActionKind;
using format::Command;
using format::LivepatchOp;
using format::PayloadState;
using std::chrono::milliseconds;

/// Answers GET, LIST and ACTION from a table of payloads; what an action answers and does is the
/// test's to say.
class ScriptedHypervisor {
public:
  struct Payload {
    PayloadState state = PayloadState::Checked;
    int32_t result = 0;
    std::string reason;
  };
  std::map<std::string, Payload> payloads;
  /// The answer to an action request; changes the table as it likes.
  std::function<Outcome(const format::ActionRequest &, Payload &)> onAction;
  /// Called on each GET of a payload that is under way.
  std::function<void(Payload &)> onPoll;
  format::ActionRequest lastAction{};
  unsigned lists = 0;

  client::Call call() {
    return [this](LivepatchOp &op, std::span<const Buffer> buffers) -> Expected<Outcome> {
      switch (static_cast<Command>(op.command)) {
      case Command::Get:
        return get(op.u.get, buffers);
      case Command::Action:
        lastAction = op.u.action;
        return onAction(op.u.action, payloads.at(nameIn(buffers)));
      case Command::List:
        ++lists;
        return list(op.u.list);
      case Command::DetailOf:
        return detailOf(op.u.detailOf);
      case Command::Upload:
      case Command::Detail:
      case Command::ActionOnProbation:
      case Command::Confirm:
        break;
      }
      return Outcome{-EOPNOTSUPP, ""};
    };
  }

private:
  static Outcome detailOf(const format::DetailOfRequest &request) {
    format::DetailRecord record{};
    record.times.pauseNs = 1234;
    std::memcpy(std::bit_cast<std::byte *>(request.record), &record, sizeof(record));
    return {0, ""};
  }
  static std::string nameIn(std::span<const Buffer> buffers) {
    return std::bit_cast<const char *>(buffers[0].bytes.data());
  }
  Outcome get(format::GetRequest &request, std::span<const Buffer> buffers) {
    const auto found = payloads.find(nameIn(buffers));
    if (found == payloads.end())
      return {-ENOENT, "no payload of that name"};
    Payload &payload = found->second;
    if (payload.result == -EAGAIN && onPoll)
      onPoll(payload);
    request.status = {static_cast<uint32_t>(payload.state), payload.result};
    const Outcome outcome{0, payload.reason};
    if (payload.result == 1) { // the script's mark for "gone"
      payloads.erase(found);
      return {-ENOENT, ""};
    }
    return outcome;
  }
  Outcome list(format::ListRequest &request) {
    request.version = 1;
    if (request.count == 0) {
      request.count = static_cast<uint32_t>(payloads.size());
      for (const auto &[name, payload] : payloads)
        request.nameTotalSize += static_cast<uint32_t>(name.size() + 1);
      return {0, ""};
    }
    auto *names = std::bit_cast<char *>(request.name);
    auto *lengths = std::bit_cast<uint32_t *>(request.nameLength);
    auto *metadataLengths = std::bit_cast<uint32_t *>(request.metadataLength);
    auto *statuses = std::bit_cast<format::PayloadStatus *>(request.status);
    for (const auto &[name, payload] : payloads) {
      std::memcpy(names, name.c_str(), name.size() + 1);
      names += name.size() + 1;
      *lengths++ = static_cast<uint32_t>(name.size() + 1);
      *metadataLengths++ = 0;
      *statuses++ = {static_cast<uint32_t>(payload.state), payload.result};
    }
    request.count = 0;
    return {static_cast<int32_t>(payloads.size()), ""};
  }
};

class Perform : public testing::Test {
protected:
  Expected<ActionResult> perform(ActionKind kind, milliseconds bound = milliseconds{2000}) {
    client::ActionOptions options{};
    options.kind = kind;
    return verbs::perform(hypervisor.call(), "fix", options, bound);
  }
  /// An action that is accepted, and ends in `state` and `result` at the third look.
  void endsWith(PayloadState state, int32_t result, std::string reason = "") {
    hypervisor.onAction = [](const auto &, auto &payload) {
      payload.result = -EAGAIN;
      return Outcome{-EAGAIN, ""};
    };
    hypervisor.onPoll = [=, this](ScriptedHypervisor::Payload &payload) {
      if (++looks_ == 3)
        payload = {state, result, reason};
    };
  }

  ScriptedHypervisor hypervisor;

private:
  int looks_ = 0;
};

TEST_F(Perform, WaitsUntilTheActionIsNoLongerUnderWay) {
  hypervisor.payloads["fix"] = {};
  endsWith(PayloadState::Applied, 0);
  const auto result = perform(ActionKind::Apply);
  ASSERT_TRUE(result) << result.error().reason;
  EXPECT_EQ(result->state, PayloadState::Applied);
}

TEST_F(Perform, TellsTheTimesWithoutReadingTheWholeList) {
  hypervisor.payloads["fix"] = {};
  endsWith(PayloadState::Applied, 0);
  const auto result = perform(ActionKind::Apply);
  ASSERT_TRUE(result) << result.error().reason;
  ASSERT_TRUE(result->detail);
  EXPECT_EQ(result->detail->times.pauseNs, 1234u);
  EXPECT_EQ(hypervisor.lists, 0u);
}

TEST_F(Perform, GivesTheHypervisorsReasonForAFailedAction) {
  hypervisor.payloads["fix"] = {};
  endsWith(PayloadState::Checked, -EINVAL, "depends on another payload");
  const auto result = perform(ActionKind::Apply);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::Refused);
  EXPECT_EQ(result.error().reason, "depends on another payload");
}

TEST_F(Perform, ARendezvousThatTimedOutMayBeTriedAgain) {
  hypervisor.payloads["fix"] = {};
  endsWith(PayloadState::Checked, -EBUSY);
  const auto result = perform(ActionKind::Apply);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::TryAgain);
  EXPECT_NE(result.error().reason.find("in time"), std::string::npos);
}

TEST_F(Perform, GivesUpWaitingAfterItsBound) {
  hypervisor.payloads["fix"] = {};
  hypervisor.onAction = [](const auto &, auto &payload) {
    payload.result = -EAGAIN;
    return Outcome{-EAGAIN, ""};
  };
  const auto result = perform(ActionKind::Apply, milliseconds{30});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::TryAgain);
}

TEST_F(Perform, ApplyOfAnAppliedPayloadIsRefusedAlsoWhereXenSaysZero) {
  hypervisor.payloads["fix"] = {PayloadState::Applied, 0, ""};
  hypervisor.onAction = [](const auto &, auto &) { return Outcome{0, ""}; };
  for (const ActionKind kind : {ActionKind::Apply, ActionKind::Replace, ActionKind::Unload}) {
    const auto result = perform(kind);
    ASSERT_FALSE(result) << wordFor(kind);
    EXPECT_EQ(result.error().kind, ErrorKind::Refused);
  }
}

TEST_F(Perform, RevertOfACheckedPayloadIsRefusedAlsoWhereXenSaysZero) {
  hypervisor.payloads["fix"] = {};
  hypervisor.onAction = [](const auto &, auto &) { return Outcome{0, ""}; };
  const auto result = perform(ActionKind::Revert);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::Refused);
}

TEST_F(Perform, RevertInTheWrongOrderIsRefusedNotBusy) {
  hypervisor.payloads["fix"] = {PayloadState::Applied, 0, ""};
  hypervisor.payloads["upper"] = {PayloadState::Applied, 0, ""};
  hypervisor.onAction = [](const auto &, auto &) { return Outcome{-EBUSY, "not on top"}; };
  const auto result = perform(ActionKind::Revert);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::Refused);
}

TEST_F(Perform, RevertWhileAnotherActionIsUnderWayMayBeTriedAgain) {
  hypervisor.payloads["fix"] = {PayloadState::Applied, 0, ""};
  hypervisor.payloads["upper"] = {PayloadState::Applied, -EAGAIN, ""};
  hypervisor.onAction = [](const auto &, auto &) { return Outcome{-EBUSY, ""}; };
  const auto result = perform(ActionKind::Revert);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::TryAgain);
}

TEST_F(Perform, UnloadIsDoneWhenThePayloadIsGone) {
  hypervisor.payloads["fix"] = {};
  hypervisor.onAction = [](const auto &, auto &payload) {
    payload.result = 1;
    return Outcome{0, ""};
  };
  const auto result = perform(ActionKind::Unload);
  ASSERT_TRUE(result) << result.error().reason;
  EXPECT_FALSE(result->state);
}

TEST_F(Perform, AnUnknownPayloadIsRefused) {
  const auto result = perform(ActionKind::Apply);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::Refused);
  EXPECT_EQ(result.error().errnoValue, ENOENT);
}

} // namespace
} // namespace suture::verbs
