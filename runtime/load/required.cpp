// SPDX-License-Identifier: Apache-2.0
#include "runtime/load/required.h"

#include "runtime/format/payload.h"

#include <string_view>

namespace suture {
namespace {

constexpr std::string_view identitySections[] = {format::section::depends,
                                                 format::section::buildId};

constexpr std::string_view patchSections[] = {
    format::section::funcs,          format::section::hooksLoad,   format::section::hooksUnload,
    format::section::hooksPreapply,  format::section::hooksApply,  format::section::hooksPostapply,
    format::section::hooksPrerevert, format::section::hooksRevert, format::section::hooksPostrevert,
};

} // namespace

Result<> checkRequiredSections(const ElfFile &file) noexcept {
  for (std::string_view name : identitySections) {
    const uint32_t section = file.findSection(name);
    if (section == 0)
      return fail({.code = ErrorCode::SectionMissing, .subject = {name}});
    if (file.section(section).size == 0)
      return fail({.code = ErrorCode::SectionEmpty, .section = section, .subject = {name}});
  }

  bool found = false;
  for (std::string_view name : patchSections) {
    const uint32_t section = file.findSection(name);
    if (section == 0)
      continue;
    if (file.section(section).size == 0)
      return fail({.code = ErrorCode::PatchSectionEmpty, .section = section, .subject = {name}});
    found = true;
  }
  if (!found)
    return fail({.code = ErrorCode::NothingToPatch});
  return {};
}

} // namespace suture
