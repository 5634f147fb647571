// SPDX-License-Identifier: Apache-2.0
#include "cli/client/livepatch.h"

#include "cli/client/names.h"

#include <array>
#include <cerrno>

namespace suture::client {

using format::Command;
using format::LivepatchOp;
using format::NameRef;
using format::SegmentDirection;

namespace {

/// A name with its NUL in memory that a handle can name.
class NameBuffer final {
public:
  explicit NameBuffer(std::string_view name) : name_(name) {}

  NameRef ref() const {
    return NameRef{handleOf(name_.c_str()), static_cast<uint16_t>(name_.size() + 1), {}};
  }
  Buffer buffer() {
    return Buffer{std::as_writable_bytes(std::span(name_.data(), name_.size() + 1)),
                  SegmentDirection::In};
  }

private:
  std::string name_;
};

LivepatchOp operation(Command command) {
  LivepatchOp op{};
  op.command = static_cast<uint32_t>(command);
  return op;
}

Expected<Outcome> callAndCheck(const Call &call, LivepatchOp &op, std::span<const Buffer> buffers) {
  auto outcome = call(op, buffers);
  if (outcome && outcome->result < 0)
    return hypervisorError(*outcome);
  return outcome;
}

Expected<void> done(Expected<Outcome> outcome) {
  if (!outcome)
    return std::unexpected(std::move(outcome).error());
  return {};
}

} // namespace

bool Status::underWay() const { return result == -EAGAIN; }

std::unexpected<ClientError> hypervisorError(const Outcome &outcome) {
  const int value = -outcome.result;
  return failure(kindOfErrno(value), value,
                 outcome.reason.empty() ? "the hypervisor says: " + errnoText(value)
                                        : escaped(outcome.reason));
}

Expected<void> upload(const Call &call, std::string_view name, std::span<const std::byte> payload) {
  SUTURE_CLIENT_TRY(checkName(name));
  NameBuffer nameBuffer(name);
  // In buffers are only read; the type is shared with Out buffers.
  const std::span content(const_cast<std::byte *>(payload.data()), payload.size());
  LivepatchOp op = operation(Command::Upload);
  op.u.upload = {nameBuffer.ref(), payload.size(), handleOf(payload.data())};
  const std::array buffers{nameBuffer.buffer(), Buffer{content, SegmentDirection::In}};
  return done(callAndCheck(call, op, buffers));
}

Expected<Status> get(const Call &call, std::string_view name) {
  SUTURE_CLIENT_TRY(checkName(name));
  NameBuffer nameBuffer(name);
  LivepatchOp op = operation(Command::Get);
  op.u.get = {nameBuffer.ref(), {}};
  const std::array buffers{nameBuffer.buffer()};
  auto outcome = callAndCheck(call, op, buffers);
  if (!outcome)
    return std::unexpected(std::move(outcome).error());
  const format::PayloadStatus status = op.u.get.status;
  if (status.state != static_cast<uint32_t>(format::PayloadState::Checked) &&
      status.state != static_cast<uint32_t>(format::PayloadState::Applied))
    return failure(ErrorKind::Protocol, EPROTO,
                   "unknown payload state " + std::to_string(status.state));
  return Status{static_cast<format::PayloadState>(status.state), status.result,
                std::move(outcome->reason)};
}

Expected<void> act(const Call &call, std::string_view name, const ActionOptions &options) {
  SUTURE_CLIENT_TRY(checkName(name));
  NameBuffer nameBuffer(name);
  const format::ActionRequest request{nameBuffer.ref(), static_cast<uint32_t>(options.kind),
                                      options.timeoutNs, options.nodeps ? format::actionNodeps : 0u,
                                      0};
  LivepatchOp op = operation(options.probation ? Command::ActionOnProbation : Command::Action);
  if (options.probation)
    op.u.probation = {request, static_cast<uint32_t>(options.probation->count()), 0};
  else
    op.u.action = request;
  const std::array buffers{nameBuffer.buffer()};
  auto outcome = call(op, buffers);
  // "Under way" is the usual answer, not a failure.
  if (outcome && outcome->result < 0 && outcome->result != -EAGAIN)
    return hypervisorError(*outcome);
  return done(std::move(outcome));
}

Expected<void> confirm(const Call &call, std::string_view name) {
  SUTURE_CLIENT_TRY(checkName(name));
  NameBuffer nameBuffer(name);
  LivepatchOp op = operation(Command::Confirm);
  op.u.confirm = {nameBuffer.ref()};
  const std::array buffers{nameBuffer.buffer()};
  return done(callAndCheck(call, op, buffers));
}

} // namespace suture::client
