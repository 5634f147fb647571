// SPDX-License-Identifier: Apache-2.0
#include "cli/target/target.h"

#include "cli/client/connection.h"
#include "cli/vm/instance.h"
#include "cli/xen/xen_target.h"

#include <cerrno>
#include <memory>

namespace suture::target {

using client::ErrorKind;
using client::Expected;
using client::failure;

namespace {

Expected<Target> openSocket(const std::string &path, client::Interrupt *interrupt) {
  auto fd = client::connectUnix(path);
  if (!fd)
    return std::unexpected(fd.error());
  auto connection = client::Connection::open(client::Stream(std::move(*fd), interrupt));
  if (!connection)
    return std::unexpected(connection.error());
  // std::function wants what it holds to be copyable.
  auto shared = std::make_shared<client::Connection>(std::move(*connection));
  return Target{[shared](format::LivepatchOp &op, std::span<const client::Buffer> buffers) {
    return shared->call(op, buffers);
  }};
}

Expected<Target> openXen(client::Interrupt *interrupt) {
  auto call = xen::openXenCall(interrupt);
  if (!call)
    return std::unexpected(call.error());
  Target target{std::move(*call)};
  target.keepsProbation = false;
  target.keepsMetadata = false;
  return target;
}

Expected<Target> openVm(const std::string &name, client::Interrupt *interrupt) {
  auto paths = vm::instancePaths(name);
  if (!paths)
    return std::unexpected(paths.error());
  if (!vm::isRunning(*paths))
    return std::unexpected(vm::notRunning(name));
  auto state = vm::readState(*paths);
  if (!state)
    return failure(ErrorKind::TryAgain, EAGAIN, "the VM '" + name + "' is still starting");
  auto target = openSocket(paths->control(), interrupt);
  if (!target)
    return std::unexpected(target.error());
  target->timeoutNs = state->timeoutNs;
  target->keepsProbation = state->kind != "xen";
  target->keepsMetadata = state->kind != "xen";
  return target;
}

} // namespace

Expected<TargetSpec> parseTarget(const std::string &text) {
  if (text.empty())
    return VmTarget{vm::defaultInstance};
  if (text == "xen")
    return XenTarget{};
  if (text.starts_with("vm:") && text.size() > 3)
    return VmTarget{text.substr(3)};
  if (text.starts_with("unix:") && text.size() > 5)
    return SocketTarget{text.substr(5)};
  return failure(ErrorKind::Usage, EINVAL,
                 "'" + text + "' is not a target: write vm:NAME, unix:SOCKET or xen");
}

std::string textOf(const TargetSpec &spec) {
  if (const auto *vm = std::get_if<VmTarget>(&spec))
    return "vm:" + vm->name;
  if (const auto *socket = std::get_if<SocketTarget>(&spec))
    return "unix:" + socket->path;
  return "xen";
}

Expected<Target> openTarget(const TargetSpec &spec, client::Interrupt *interrupt) {
  if (const auto *vm = std::get_if<VmTarget>(&spec))
    return openVm(vm->name, interrupt);
  if (const auto *socket = std::get_if<SocketTarget>(&spec))
    return openSocket(socket->path, interrupt);
  return openXen(interrupt);
}

} // namespace suture::target
