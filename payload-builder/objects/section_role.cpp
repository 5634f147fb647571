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

/// `.text.startup.main` is of the section `.text.startup`; `.text.startup_irq` is not, but that of
/// a function named `startup_irq`, and may have parts without a name.
bool matches(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix))
    return false;
  const bool mayBeSymbols =
      prefix.starts_with(".text.") || prefix.starts_with(".data.") || prefix.starts_with(".bss.");
  return !mayBeSymbols || name.size() == prefix.size() || name[prefix.size()] == '.';
}

} // namespace

SectionRole roleOf(const ElfSection &section) {
  if ((section.flags & SHF_ALLOC) == 0)
    return SectionRole::Ignored;
  if ((section.flags & SHF_TLS) != 0)
    return SectionRole::ThreadLocal;
  for (const RolePrefix &entry : rolePrefixes)
    if (matches(section.name, entry.prefix))
      return entry.role;
  return SectionRole::Unknown;
}

std::optional<std::string_view> withoutOwnName(std::string_view section,
                                               std::span<const std::string_view> symbols) {
  for (const std::string_view symbol : symbols) {
    std::string_view rest = section;
    if (!rest.ends_with(symbol))
      continue;
    rest.remove_suffix(symbol.size());
    if (rest.size() > 1 && rest.ends_with('.'))
      return rest.substr(0, rest.size() - 1);
  }
  return std::nullopt;
}

SectionRole roleOf(ElfSection section, std::span<const std::string_view> symbols) {
  const SectionRole role = roleOf(section);
  const auto rest = withoutOwnName(section.name, symbols);
  if (!rest)
    return role;
  section.name = *rest;
  // A function `text` in `.init.text` has no section of its own.
  const SectionRole ofRest = roleOf(section);
  return ofRest == SectionRole::Unknown ? role : ofRest;
}

} // namespace suture::builder
