// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/hypervisor.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <ranges>

namespace suture::xen {

using client::ErrorKind;
using client::Expected;
using client::failure;

namespace {

/// A List that copies nothing: the question whether live patching is there.
Sysctl probe() {
  Sysctl op{};
  op.command = static_cast<uint32_t>(SysctlCommand::Livepatch);
  op.u.livepatch.command = static_cast<uint32_t>(format::Command::List);
  return op;
}

Expected<int> callWithVersion(const Xencall &xencall, Sysctl &op, uint32_t version) {
  auto memory = xencall.allocate(sizeof(op));
  if (!memory)
    return std::unexpected(memory.error());
  op.interfaceVersion = version;
  std::memcpy(memory->bytes().data(), &op, sizeof(op));
  const int result = xencall.call(sysctlHypercall, memory->address());
  std::memcpy(&op, memory->bytes().data(), sizeof(op));
  return result;
}

/// The version that a Xen unknown to us speaks.
std::optional<uint32_t> nameVersion(const Xencall &xencall) {
  for (uint32_t version = 1; version <= lastInterfaceVersionNamed; ++version) {
    Sysctl op{};
    op.command = static_cast<uint32_t>(SysctlCommand::None);
    if (auto result = callWithVersion(xencall, op, version); result && *result != -EACCES)
      return version;
  }
  return std::nullopt;
}

client::ClientError unknownVersion(const Hypervisor &hypervisor) {
  const auto spoken = nameVersion(hypervisor.xencall());
  return {ErrorKind::Failed, EACCES,
          fmt::format("Xen {} speaks {} of its control interface; this suture knows {:#x}",
                      hypervisor.version(),
                      spoken ? fmt::format("version {:#x}", *spoken) : "an unknown version",
                      fmt::join(knownInterfaceVersions, ", "))};
}

client::ClientError explainProbe(int result, const Hypervisor &hypervisor) {
  const int value = -result;
  if (value == ENOSYS || value == EOPNOTSUPP)
    return {ErrorKind::Failed, value,
            fmt::format("Xen {} was built without live patching (CONFIG_LIVEPATCH)",
                        hypervisor.version())};
  if (value == EPERM)
    return {ErrorKind::Refused, value,
            "Xen does not allow this domain to control it: suture must run in dom0, and a security "
            "policy (XSM), if there is one, must permit live patching"};
  return {ErrorKind::Failed, value, "Xen does not answer: " + client::errnoText(value)};
}

} // namespace

Expected<std::unique_ptr<Hypervisor>> Hypervisor::open(std::unique_ptr<Xencall> xencall) {
  std::unique_ptr<Hypervisor> hypervisor(new Hypervisor(std::move(xencall)));
  for (const uint32_t version : knownInterfaceVersions) {
    Sysctl op = probe();
    auto result = callWithVersion(*hypervisor->xencall_, op, version);
    if (!result)
      return std::unexpected(result.error());
    if (*result == -EACCES)
      continue;
    if (*result < 0)
      return std::unexpected(explainProbe(*result, *hypervisor));
    hypervisor->interfaceVersion_ = version;
    return hypervisor;
  }
  return std::unexpected(unknownVersion(*hypervisor));
}

Expected<int> Hypervisor::sysctl(Sysctl &op) const {
  return callWithVersion(*xencall_, op, interfaceVersion_);
}

std::vector<uint8_t> Hypervisor::buildId() const {
  auto memory = xencall_->allocate(sizeof(BuildId));
  if (!memory)
    return {};
  BuildId id{sizeof(id.bytes), {}};
  std::memcpy(memory->bytes().data(), &id, sizeof(id));
  const int size = xencall_->call(xenVersionHypercall, versionBuildId, memory->address());
  std::memcpy(&id, memory->bytes().data(), sizeof(id));
  const auto used = static_cast<size_t>(std::clamp(size, 0, static_cast<int>(sizeof(id.bytes))));
  return {id.bytes, id.bytes + used};
}

std::string Hypervisor::version() const {
  const int number = xencall_->call(xenVersionHypercall, versionNumber, 0);
  auto memory = xencall_->allocate(extraVersionSize);
  if (number < 0 || !memory)
    return "of unknown version";
  std::string text = fmt::format("{}.{}", number >> 16, number & 0xffff);
  if (xencall_->call(xenVersionHypercall, versionExtra, memory->address()) < 0)
    return text;
  // The hypervisor's text ends with a NUL; a payload may have replaced the function that gives it.
  const auto *extra = reinterpret_cast<const char *>(memory->bytes().data());
  for (const char character : std::string_view(extra, strnlen(extra, extraVersionSize)))
    text += character >= ' ' && character <= '~' ? character : '?';
  return text;
}

} // namespace suture::xen
