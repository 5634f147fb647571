// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/report/inspect.h"

#include "payload-builder/support/demangle.h"

#include <elf.h>
#include <fmt/format.h>
#include <map>
#include <vector>

namespace suture::builder {

namespace {

using Json = nlohmann::json;

/// Relocations of a section by type's name, or why they cannot be read.
std::map<std::string, size_t> countRelocations(const ElfFile &file, uint32_t section) {
  std::map<std::string, size_t> counts;
  auto relocations = file.relocations({section});
  if (!relocations) {
    counts["malformed: " + toString(relocations.takeError())] = 1;
    return counts;
  }
  for (const ElfRelocation &relocation : *relocations)
    ++counts[relocationName(relocation.type)];
  return counts;
}

struct SymbolLists {
  std::vector<std::string> undefined, exported;
  std::map<std::string, uint64_t> absolute;
};

SymbolLists listSymbols(const ElfFile &file) {
  SymbolLists lists;
  for (const ElfSymbol &symbol : file.symbols()) {
    if (symbol.name.empty() || symbol.type == STT_FILE || symbol.type == STT_SECTION)
      continue;
    if (symbol.section == SHN_UNDEF)
      lists.undefined.emplace_back(symbol.name);
    else if (symbol.section == SHN_ABS)
      lists.absolute.emplace(symbol.name, symbol.value);
    else if (symbol.binding != STB_LOCAL)
      lists.exported.emplace_back(symbol.name);
  }
  return lists;
}

std::string idText(std::span<const uint8_t> id) { return id.empty() ? "(none)" : toHex(id); }

std::string functionText(const PayloadFunction &function) {
  std::string text =
      fmt::format("  {}", function.name.empty() ? "(no name)" : demangle(function.name));
  text += function.oldAddress != 0 ? fmt::format(" at {:#x}", function.oldAddress)
                                   : std::string(" (looked up by name)");
  text += function.section
              ? fmt::format(": {} -> {} bytes", function.oldSize, function.newSize)
              : fmt::format(": {} of {} bytes become NOPs", function.newSize, function.oldSize);
  if (!function.expectation.empty())
    text += fmt::format(", expects {}", toHex(function.expectation));
  if (function.version != 2)
    text += fmt::format(", version {}", function.version);
  return text + "\n";
}

} // namespace

std::string inspectText(const PayloadFile &payload) {
  std::string text = fmt::format("{}\n", payload.file().path());
  text += fmt::format("build-id     {}\n", idText(payload.buildId()));
  text += fmt::format("hypervisor   {}\n", idText(payload.xenDepends()));
  text += fmt::format(
      "depends on   {}{}\n", idText(payload.depends()),
      std::ranges::equal(payload.depends(), payload.xenDepends()) ? " (the hypervisor)" : "");
  for (const auto &[key, value] : payload.modinfo())
    text += fmt::format("{:12} {}\n", key, value);
  text += fmt::format("functions    {}\n", payload.functions().size());
  for (const PayloadFunction &function : payload.functions())
    text += functionText(function);
  for (const auto &[section, count] : payload.hooks())
    text += fmt::format("hooks        {}: {}\n", section, count);
  const SymbolLists symbols = listSymbols(payload.file());
  for (const std::string &name : symbols.undefined)
    text += fmt::format("needs        {}\n", demangle(name));
  for (const auto &[name, value] : symbols.absolute)
    text += fmt::format("needs        {} at {:#x}\n", demangle(name), value);
  for (const std::string &name : symbols.exported)
    text += fmt::format("brings       {}\n", demangle(name));
  const auto sections = payload.file().sections();
  for (uint32_t i = 1; i < sections.size(); ++i) {
    if ((sections[i].flags & SHF_ALLOC) == 0)
      continue;
    text += fmt::format("section      {} {} bytes", sections[i].name, sections[i].size);
    for (const auto &[name, count] : countRelocations(payload.file(), i))
      text += fmt::format(", {} {}", count, name);
    text += "\n";
  }
  if (const auto diff = payload.diff())
    text += fmt::format("diff         {} bytes\n", diff->size());
  return text;
}

Json inspectJson(const PayloadFile &payload) {
  Json functions = Json::array(), sections = Json::array(), modinfo = Json::object();
  for (const PayloadFunction &function : payload.functions())
    functions.push_back({{"name", function.name},
                         {"display", demangle(function.name)},
                         {"address", fmt::format("{:#x}", function.oldAddress)},
                         {"oldSize", function.oldSize},
                         {"newSize", function.newSize},
                         {"version", function.version},
                         {"nop", !function.section},
                         {"expectation", toHex(function.expectation)}});
  const auto all = payload.file().sections();
  for (uint32_t i = 1; i < all.size(); ++i)
    sections.push_back({{"name", all[i].name},
                        {"size", all[i].size},
                        {"flags", all[i].flags},
                        {"relocations", countRelocations(payload.file(), i)}});
  for (const auto &[key, value] : payload.modinfo())
    modinfo[key] = value;
  const SymbolLists symbols = listSymbols(payload.file());
  Json absolute = Json::object();
  for (const auto &[name, value] : symbols.absolute)
    absolute[name] = fmt::format("{:#x}", value);
  Json result = {{"file", payload.file().path()},
                 {"buildId", toHex(payload.buildId())},
                 {"depends", toHex(payload.depends())},
                 {"xenDepends", toHex(payload.xenDepends())},
                 {"modinfo", modinfo},
                 {"functions", functions},
                 {"hooks", payload.hooks()},
                 {"undefined", symbols.undefined},
                 {"absolute", absolute},
                 {"exported", symbols.exported},
                 {"sections", sections},
                 {"diff", nullptr},
                 {"report", nullptr}};
  if (const auto diff = payload.diff())
    result["diff"] = *diff;
  if (const auto report = payload.report())
    result["report"] = Json::parse(*report, nullptr, /*allow_exceptions=*/false);
  return result;
}

} // namespace suture::builder
