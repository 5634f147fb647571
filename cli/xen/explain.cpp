// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/explain.h"

#include "runtime/elf/elf_file.h"
#include "runtime/format/payload.h"
#include "runtime/load/build_id.h"

#include <cerrno>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace suture::xen {

using format::ActionKind;
using format::Command;
using format::LivepatchOp;

namespace {

struct Meaning {
  Command command;
  /// 0 for any.
  ActionKind action;
  int errnoValue;
  std::string_view text;
};

constexpr ActionKind any{};

// Source: Xen xen/common/livepatch.c and livepatch_elf.c, 4.17 and 4.21.
constexpr Meaning meanings[] = {
    {Command::Upload, any, EEXIST,
     "a payload of this name is loaded already, or the same payload (by its build-id) under "
     "another name, or it defines a symbol anew that Xen or a loaded payload has"},
    {Command::Upload, any, ENOENT,
     "it refers to a symbol, or patches a function, that neither this Xen nor a loaded payload "
     "has"},
    {Command::Upload, any, ENODATA, "a build-id in it is not one, or this Xen has none"},
    {Command::Upload, any, EOVERFLOW, "it would lie too far from the code that it patches"},
    {Command::Upload, any, EOPNOTSUPP,
     "it holds something that this Xen does not know: a relocation, a section, or a version of "
     "the payload format"},
    {Command::Upload, any, ENOMEM, "Xen has no memory for it"},
    {Command::Get, any, ENOENT, "no payload of this name is loaded"},
    {Command::Action, any, ENOENT, "no payload of this name is loaded"},
    {Command::Action, ActionKind::Unload, EINVAL, "it is applied: revert it first"},
    {Command::Action, ActionKind::Apply, EINVAL,
     "it depends on another payload than the one applied last (--nodeps leaves that check out), or "
     "the code that it patches is not what it expects"},
    {Command::Action, ActionKind::Replace, EINVAL,
     "it was not built on top of the hypervisor itself, as a replacement must be"},
    {Command::Action, ActionKind::Replace, EOPNOTSUPP,
     "it, or an applied payload, has hooks that Xen does not run in a replace"},
    {Command::Action, ActionKind::Revert, EBUSY,
     "another payload was applied on top of it, or an action is under way"},
    {Command::Action, any, EBUSY, "another action is under way"},
};

std::string_view find(Command command, ActionKind action, int errnoValue) {
  for (const Meaning &meaning : meanings) {
    if (meaning.command == command && meaning.errnoValue == errnoValue &&
        (meaning.action == any || meaning.action == action))
      return meaning.text;
  }
  return "";
}

} // namespace

std::string explainErrno(const LivepatchOp &op, int result) {
  const auto command = static_cast<Command>(op.command);
  const ActionKind action =
      command == Command::Action ? static_cast<ActionKind>(op.u.action.action) : any;
  return std::string(find(command, action, -result));
}

std::string explainResult(int result) {
  switch (-result) {
  case EBUSY:
    return "not all CPUs stopped in time, nothing was changed (--timeout allows more)";
  case EINVAL:
    return "Xen refused it at the last moment: the code that it patches is not what it expects, or "
           "it has been reverted before and has writable data (unload it, and upload it anew)";
  default:
    return "";
  }
}

std::string explainPayload(std::span<const std::byte> payload, std::span<const uint8_t> buildId) {
  const auto file = ElfFile::open(ByteView(payload));
  if (!file)
    return std::string(describe(file.error()).view());
  const uint32_t section = file->findSection(format::section::xenDepends);
  if (section == 0)
    return fmt::format("it has no section {}: not a payload", format::section::xenDepends);
  const auto wanted =
      parseBuildIdNote({file->sectionData(section), section, format::section::xenDepends});
  if (!wanted)
    return std::string(describe(wanted.error()).view());
  if (wanted->is(buildId))
    return "";
  return fmt::format("it was built for another hypervisor: for build-id {:02x}, and this Xen's is "
                     "{:02x}",
                     fmt::join(wanted->view(), ""), fmt::join(buildId, ""));
}

} // namespace suture::xen
