// SPDX-License-Identifier: Apache-2.0
#include "cli/xencall_shim/hypercalls.h"

#include "cli/xen/interface.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace suture::shim {

using client::Buffer;
using client::Expected;
using client::Outcome;
using format::Command;
using format::LivepatchOp;
using format::SegmentDirection;

namespace {

/// Most bytes of names or metadata in one answer; a frame holds no more with all the rest.
constexpr size_t longestText = 1024 * 1024;

Expected<Outcome> fault() { return Outcome{-EFAULT, ""}; }

/// What Xen's tool does not show: the hypervisor's reason. That a payload is not there is no news
/// to a tool that waits for it to go.
void sayReason(const LivepatchOp &op, const Outcome &outcome) {
  const bool get = op.command == static_cast<uint32_t>(Command::Get);
  const bool failed = get ? outcome.result == 0 && op.u.get.status.result < 0 : outcome.result < 0;
  if (failed && !outcome.reason.empty())
    std::fprintf(stderr, "suture: %s\n", outcome.reason.c_str());
}

bool isKnown(uint32_t version) {
  return std::ranges::find(xen::knownInterfaceVersions, version) !=
         std::end(xen::knownInterfaceVersions);
}

} // namespace

int Hypercalls::sysctl(uint64_t address) {
  const std::span<std::byte> memory = memory_.from(address);
  xen::Sysctl op;
  // A caller's sysctl may be shorter than ours is with what Suture adds to its union.
  if (memory.size() < sizeof(op))
    return -EFAULT;
  std::memcpy(&op, memory.data(), sizeof(op));
  if (!isKnown(op.interfaceVersion))
    return -EACCES;
  if (op.command != static_cast<uint32_t>(xen::SysctlCommand::Livepatch))
    return -ENOSYS;
  const int result = livepatch(op.u.livepatch);
  // As Xen does: the structure goes back with errors too, but for these.
  if (result != -ENOSYS && result != -EOPNOTSUPP)
    std::memcpy(memory.data(), &op, sizeof(op));
  return result;
}

int Hypercalls::livepatch(LivepatchOp &op) {
  auto outcome = carry(op);
  if (!outcome) {
    std::fprintf(stderr, "suture: %s\n", outcome.error().reason.c_str());
    return outcome.error().errnoValue > 0 ? -outcome.error().errnoValue : -EIO;
  }
  sayReason(op, *outcome);
  return outcome->result;
}

Expected<Outcome> Hypercalls::carry(LivepatchOp &op) {
  const auto command = static_cast<Command>(op.command);
  if (command == Command::List)
    return carryList(op);
  if (command != Command::Upload && command != Command::Get && command != Command::Action)
    return Outcome{-EOPNOTSUPP, ""};
  // All of them start with the name.
  const format::NameRef name = op.u.get.name;
  std::vector<Buffer> buffers;
  const auto add = [&](uint64_t address, uint64_t size) {
    const std::span<std::byte> memory = memory_.from(address);
    if (size == 0 || memory.size() < size)
      return false;
    buffers.push_back({memory.first(size), SegmentDirection::In});
    return true;
  };
  if (name.size != 0 && !add(name.name, name.size))
    return fault();
  if (command == Command::Upload && op.u.upload.size != 0 &&
      !add(op.u.upload.payload, op.u.upload.size))
    return fault();
  return call_(op, buffers);
}

Expected<Outcome> Hypercalls::carryList(LivepatchOp &op) {
  format::ListRequest &list = op.u.list;
  if (list.count == 0 || list.count > format::maxListEntries)
    return call_(op, {});
  std::vector<Buffer> buffers;
  const auto add = [&](uint64_t address, size_t size) {
    const std::span<std::byte> memory = memory_.from(address);
    if (memory.size() < size || size == 0)
      return false;
    buffers.push_back({memory.first(size), SegmentDirection::Out});
    return true;
  };
  const auto room = [&](uint64_t address) {
    return std::min(memory_.from(address).size(), longestText);
  };
  if (!add(list.status, list.count * sizeof(format::PayloadStatus)) ||
      !add(list.nameLength, list.count * sizeof(uint32_t)) ||
      !add(list.metadataLength, list.count * sizeof(uint32_t)) || !add(list.name, room(list.name)))
    return fault();
  const format::Handle metadata = list.metadata;
  list.nameTotalSize = static_cast<uint32_t>(room(list.name));
  list.metadataTotalSize = static_cast<uint32_t>(room(list.metadata));
  // A caller that expects no metadata gives no buffer; the handler wants a handle all the same.
  if (!add(list.metadata, list.metadataTotalSize))
    list.metadata = list.metadataLength;
  auto outcome = call_(op, buffers);
  list.metadata = metadata;
  return outcome;
}

int Hypercalls::xenVersion(uint64_t what, uint64_t address) {
  if (what != xen::versionBuildId)
    return -ENOSYS;
  LivepatchOp op{};
  op.command = static_cast<uint32_t>(Command::Detail);
  auto outcome = call_(op, {});
  if (!outcome)
    return -EIO;
  const uint32_t size = op.u.detail.hypervisorBuildIdSize;
  if (size == 0 || size > format::maxBuildIdSize)
    return -ENODATA;
  if (address == 0)
    return static_cast<int>(size);
  const std::span<std::byte> memory = memory_.from(address);
  if (memory.size() < offsetof(xen::BuildId, bytes) + size)
    return -EFAULT;
  uint32_t room = 0;
  std::memcpy(&room, memory.data(), sizeof(room));
  if (room < size)
    return -ENOBUFS;
  std::memcpy(memory.data() + offsetof(xen::BuildId, bytes), op.u.detail.hypervisorBuildId, size);
  return static_cast<int>(size);
}

} // namespace suture::shim
