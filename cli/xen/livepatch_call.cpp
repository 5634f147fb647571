// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/livepatch_call.h"

#include "cli/client/names.h"
#include "cli/xen/bounce.h"
#include "cli/xen/explain.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace suture::xen {

using client::Expected;
using client::Outcome;
using format::Command;
using format::LivepatchOp;

namespace {

const CallerSegment *findSegment(std::span<const CallerSegment> segments, format::Handle address) {
  const auto found = std::ranges::find(segments, address, &CallerSegment::address);
  return found != segments.end() ? &*found : nullptr;
}

/// The payload's name that the operation is about; empty where it has none.
std::string nameIn(LivepatchOp op, std::span<const CallerSegment> segments) {
  const auto command = static_cast<Command>(op.command);
  if (command != Command::Upload && command != Command::Get && command != Command::Action)
    return "";
  const CallerSegment *segment = findSegment(segments, *handlesOf(op).front());
  if (segment == nullptr || segment->bytes.empty())
    return "";
  const auto *text = reinterpret_cast<const char *>(segment->bytes.data());
  return {text, strnlen(text, segment->bytes.size())};
}

/// Whether a list that Xen gave without a look at the caller's buffers fits them.
bool fits(const LivepatchOp &asked, const LivepatchOp &answered) {
  return answered.u.list.nameTotalSize <= asked.u.list.nameTotalSize &&
         answered.u.list.metadataTotalSize <= asked.u.list.metadataTotalSize;
}

} // namespace

LivepatchCall::LivepatchCall(std::unique_ptr<Hypervisor> hypervisor)
    : hypervisor_(std::move(hypervisor)), console_(*hypervisor_) {}

Expected<Outcome> LivepatchCall::run(LivepatchOp &op, std::span<const CallerSegment> segments) {
  const auto command = static_cast<Command>(op.command);
  if (command == Command::Detail || command == Command::ActionOnProbation ||
      command == Command::Confirm || command == Command::DetailOf)
    return answerOwn(op);
  if (command == Command::Upload || command == Command::Action)
    console_.read(); // what comes after this is about this operation
  const std::string name = nameIn(op, segments);
  auto result = sysctl(op, segments);
  if (!result)
    return std::unexpected(result.error());
  if (*result < 0)
    return Outcome{*result, explain(op, *result, name, segments)};
  if (command == Command::Get)
    return Outcome{*result, explainStatus(op, name)};
  return Outcome{*result, ""};
}

Expected<int> LivepatchCall::sysctl(LivepatchOp &op, std::span<const CallerSegment> segments) {
  auto bounce = Bounce::make(*hypervisor_, op, segments);
  if (!bounce)
    return std::unexpected(bounce.error());
  Sysctl sysctl{};
  sysctl.command = static_cast<uint32_t>(SysctlCommand::Livepatch);
  sysctl.u.livepatch = bounce->translate(op);
  auto result = hypervisor_->sysctl(sysctl);
  if (!result)
    return result;
  LivepatchOp &answered = sysctl.u.livepatch;
  const bool list = op.command == static_cast<uint32_t>(Command::List) && op.u.list.count != 0;
  if (list && *result >= 0 && !fits(op, answered))
    return -ENOBUFS;
  // The caller's own handles go back to it.
  const auto theirs = handlesOf(op);
  const auto ours = handlesOf(answered);
  for (size_t index = 0; index < theirs.size(); ++index)
    *ours[index] = *theirs[index];
  op = answered;
  bounce->copyOut();
  return result;
}

Outcome LivepatchCall::answerOwn(LivepatchOp &op) const {
  if (op.command == static_cast<uint32_t>(Command::DetailOf))
    return {-EOPNOTSUPP, "Xen does not tell more than the list has"};
  if (op.command != static_cast<uint32_t>(Command::Detail))
    return {-EOPNOTSUPP, "Xen keeps no watch over payloads: no probation"};
  format::DetailRequest &detail = op.u.detail;
  const std::vector<uint8_t> id = hypervisor_->buildId();
  detail.hypervisorBuildIdSize = static_cast<uint32_t>(id.size());
  std::ranges::copy(id, detail.hypervisorBuildId);
  return {-EOPNOTSUPP, "Xen does not tell more than the list has"};
}

std::string LivepatchCall::explain(const LivepatchOp &op, int result, std::string_view name,
                                   std::span<const CallerSegment> segments) {
  std::string reason;
  const auto command = static_cast<Command>(op.command);
  if (command == Command::Upload || command == Command::Action)
    reason = messagesAbout(name, console_.read());
  const CallerSegment *payload =
      command == Command::Upload ? findSegment(segments, op.u.upload.payload) : nullptr;
  std::string own;
  if (payload != nullptr && result != -EEXIST)
    own = explainPayload(payload->bytes, hypervisor_->buildId());
  if (own.empty() && reason.empty())
    own = explainErrno(op, result);
  if (!own.empty())
    reason = reason.empty() ? own : reason + " (" + own + ")";
  if (reason.empty())
    return "";
  return client::escaped(name) + ": " + reason + " [" + client::errnoName(-result) + "]";
}

std::string LivepatchCall::explainStatus(const LivepatchOp &op, std::string_view name) {
  const int32_t result = op.u.get.status.result;
  if (result >= 0 || result == -EAGAIN)
    return "";
  std::string reason = messagesAbout(name, console_.read());
  if (const std::string own = explainResult(result); !own.empty())
    reason = reason.empty() ? own : reason + " (" + own + ")";
  return reason.empty() ? "" : client::escaped(name) + ": " + reason;
}

client::Call makeCall(std::shared_ptr<LivepatchCall> call) {
  return [call = std::move(call)](LivepatchOp &op, std::span<const client::Buffer> buffers) {
    std::vector<CallerSegment> segments;
    for (const client::Buffer &buffer : buffers)
      segments.push_back({client::handleOf(buffer.bytes.data()), buffer.bytes, buffer.direction});
    return call->run(op, segments);
  };
}

} // namespace suture::xen
