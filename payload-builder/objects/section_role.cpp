// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/section_role.h"

#include <elf.h>

namespace suture::builder {

namespace {

struct RolePrefix {
  std::string_view prefix;
  SectionRole role;
};

/// First match wins. Names as suture-hv, Xen and Linux-like trees have them.
constexpr RolePrefix rolePrefixes[] = {
    {".text.unpatchable", SectionRole::UnpatchableText},
    {".init.text", SectionRole::InitText},
    {".exit.text", SectionRole::InitText},
    {".text.startup", SectionRole::InitText},
    {".init_array", SectionRole::Constructor},
    {".fini_array", SectionRole::Constructor},
    {".ctors", SectionRole::Constructor},
    {".dtors", SectionRole::Constructor},
    {".preinit_array", SectionRole::Constructor},
    {".altinstr_replacement", SectionRole::Special},
    {".altinstructions", SectionRole::Special},
    {".alt_call_sites", SectionRole::Special},
    {".bug_frames", SectionRole::Special},
    {".ex_table", SectionRole::Special},
    {".fixup", SectionRole::Special},
    {".livepatch.", SectionRole::Special},
    {".suture.", SectionRole::Special},
    {".bss.percpu", SectionRole::PerCpu},
    {".data.percpu", SectionRole::PerCpu},
    {".init.", SectionRole::InitData},
    {".initcall", SectionRole::InitData},
    {".data.rel.ro", SectionRole::Constant},
    {".rodata", SectionRole::Constant},
    {".data", SectionRole::Writable},
    {".bss", SectionRole::Zero},
    {".eh_frame", SectionRole::Ignored},
    {".note", SectionRole::Ignored},
    {".comment", SectionRole::Ignored},
    {".discard", SectionRole::Ignored},
    {".text", SectionRole::Text},
};

} // namespace

SectionRole roleOf(const ElfSection &section) {
  if ((section.flags & SHF_ALLOC) == 0)
    return SectionRole::Ignored;
  if ((section.flags & SHF_TLS) != 0)
    return SectionRole::ThreadLocal;
  for (const RolePrefix &entry : rolePrefixes)
    if (section.name.starts_with(entry.prefix))
      return entry.role;
  return SectionRole::Unknown;
}

} // namespace suture::builder
