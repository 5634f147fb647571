// SPDX-License-Identifier: Apache-2.0
#include "runtime/load/hooks.h"

#include "runtime/format/payload.h"

namespace suture {
namespace {

constexpr std::array<std::string_view, singleHookCount> singleHookNames{
    format::section::hooksPreapply,  format::section::hooksApply,
    format::section::hooksPostapply, format::section::hooksPrerevert,
    format::section::hooksRevert,    format::section::hooksPostrevert};

constexpr uint64_t slotSize = sizeof(uint64_t);

} // namespace

std::string_view hookSectionName(SingleHook hook) noexcept {
  return singleHookNames[static_cast<uint8_t>(hook)];
}

Result<HookSection> findHookList(const PlacedSections &sections, std::string_view name) noexcept {
  HookSection found{.section = sections.file().findSection(name), .count = 0, .name = name};
  if (found.section == 0)
    return found;
  const uint64_t size = sections.file().section(found.section).size;
  if (size % slotSize != 0)
    return fail({.code = ErrorCode::HookSizeNotMultiple,
                 .section = found.section,
                 .value = size,
                 .allowed = slotSize,
                 .subject = {name}});
  found.count = static_cast<uint32_t>(sections.contents(found.section).size() / slotSize);
  return found;
}

Result<HookSection> findSingleHook(const PlacedSections &sections, SingleHook hook) noexcept {
  const std::string_view name = hookSectionName(hook);
  HookSection found{.section = sections.file().findSection(name), .count = 1, .name = name};
  if (found.section == 0)
    return found;
  const uint64_t size = sections.file().section(found.section).size;
  if (size != slotSize)
    return fail({.code = ErrorCode::HookSizeWrong,
                 .section = found.section,
                 .value = size,
                 .allowed = slotSize,
                 .subject = {name}});
  return found;
}

HvVirt hookAt(const PlacedSections &sections, const HookSection &section, uint32_t index) noexcept {
  return HvVirt{sections.contents(section.section).read<uint64_t>(index * slotSize).value_or(0)};
}

} // namespace suture
