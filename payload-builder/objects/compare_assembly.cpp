// SPDX-License-Identifier: Apache-2.0
// A header that changes for C may be read by assembly too, and a changed macro of the assembler may
// well expand to the same instructions. The assembler is quick: both states of each unit that can
// see the change are assembled with the recorded command and compared; the patched one alone where
// that gives the object that the build left of the base. Where they differ, nothing can be done:
// entry code has no bounds (labels, jumps into the middle, code that falls through into the next
// symbol) and is reached through tables and by the processor itself.
#include "payload-builder/objects/compare_assembly.h"

#include "payload-builder/objects/same_in_memory.h"
#include "payload-builder/units/compile_commands.h"

#include <algorithm>
#include <array>
#include <elf.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <optional>
#include <utility>

namespace suture::builder {

namespace {

/// Allocated sections by name, and by place among those of one name.
using Sections = std::map<std::pair<std::string_view, unsigned>, uint32_t>;

Sections sectionsInMemory(const ElfFile &file) {
  Sections result;
  std::map<std::string_view, unsigned> counts;
  for (uint32_t i = 0; i < file.sections().size(); ++i) {
    const ElfSection &section = file.sections()[i];
    if ((section.flags & SHF_ALLOC) != 0 && section.type != SHT_NOTE)
      result.emplace(std::pair(section.name, counts[section.name]++), i);
  }
  return result;
}

/// The symbol that holds an offset of a section, or stands before it; nullptr where none does.
const ElfSymbol *symbolAt(const ElfFile &file, uint32_t section, uint64_t offset) {
  const ElfSymbol *found = nullptr;
  for (const ElfSymbol &symbol : file.symbols())
    if (symbol.section == section && symbol.value <= offset && !symbol.name.empty() &&
        symbol.type != STT_SECTION && symbol.type != STT_FILE &&
        (found == nullptr || symbol.value >= found->value))
      found = &symbol;
  return found;
}

/// A relocation without what differs between objects that mean the same: the target's place counts
/// within its own section's comparison.
std::string toText(const ElfFile &file, const ElfRelocation &relocation) {
  const ElfSymbol &symbol = file.symbol(relocation.symbol);
  const std::string_view section =
      symbol.section < file.sections().size() ? file.sections()[symbol.section].name : "";
  const std::string_view name = nameThatCounts(symbol);
  return fmt::format("{:x} {} {:x} {} {:x} {}", relocation.offset, relocation.type,
                     relocation.addend, name, name.empty() ? symbol.value : 0, section);
}

/// The first offset at which relocations differ; nullopt where they are the same.
std::optional<uint64_t> firstOtherRelocation(const ElfFile &base, uint32_t baseIndex,
                                             const ElfFile &patched, uint32_t patchedIndex) {
  auto ours = base.relocations(SectionIndex{baseIndex});
  auto theirs = patched.relocations(SectionIndex{patchedIndex});
  if (!ours || !theirs) {
    // What cannot be read differs from the start on.
    llvm::consumeError(ours.takeError());
    llvm::consumeError(theirs.takeError());
    return 0;
  }
  for (size_t i = 0; i < std::max(ours->size(), theirs->size()); ++i) {
    if (i >= ours->size())
      return (*theirs)[i].offset;
    if (i >= theirs->size() || toText(base, (*ours)[i]) != toText(patched, (*theirs)[i]))
      return (*ours)[i].offset;
  }
  return std::nullopt;
}

/// The first offset at which two sections differ; nullopt where they are the same.
std::optional<uint64_t> firstDifference(const ElfFile &base, uint32_t baseIndex,
                                        const ElfFile &patched, uint32_t patchedIndex) {
  const ElfSection &ours = base.sections()[baseIndex], &theirs = patched.sections()[patchedIndex];
  std::optional<uint64_t> first = firstOtherRelocation(base, baseIndex, patched, patchedIndex);
  const auto at = std::ranges::mismatch(ours.bytes, theirs.bytes).in1 - ours.bytes.begin();
  const auto same = static_cast<uint64_t>(at);
  if (same < std::max(ours.bytes.size(), theirs.bytes.size()) || ours.size != theirs.size)
    first = std::min(first.value_or(same), same);
  return first;
}

bool isInitSection(std::string_view name) { return name.starts_with(".init"); }

std::string adviceOn(const Unit &unit, const AssemblyDifference &difference) {
  if (difference.isInitOnly)
    return "It ran long ago; the fix takes effect at the next boot alone.";
  if (unit.language == Language::Assembly)
    return "Assembly has no functions with bounds that could be replaced one by one. Leave its "
           "change out if the fix is of use without it; otherwise it takes a reboot.";
  return "A macro of the assembler changes code whose own source stays the same: write a "
         "replacement for the function (--replacement).";
}

Refusal refusalOf(const Unit &unit, const AssemblyDifference &difference) {
  const bool init = difference.isInitOnly;
  return {Stage::Units,
          init ? RefusalCode::InitOnlyChange : RefusalCode::AssemblyFile,
          {unit.source, 0, 0},
          difference.symbol,
          fmt::format("assembly {} changes (through {}): {}", init ? "that runs at boot" : "code",
                      fmt::join(unit.changedFiles, ", "), difference.places),
          adviceOn(unit, difference)};
}

Refusal refusalOf32BitCode(const Unit &unit) {
  return {Stage::Units,
          RefusalCode::InitOnlyChange,
          {unit.source, 0, 0},
          "",
          fmt::format("32-bit code changes (through {})", fmt::join(unit.changedFiles, ", ")),
          "It runs at boot, before the target does; the fix takes effect at the next boot alone."};
}

} // namespace

AssemblyDifference describeDifference(const ElfFile &base, const ElfFile &patched) {
  AssemblyDifference result;
  const Sections ours = sectionsInMemory(base), theirs = sectionsInMemory(patched);
  std::vector<std::string> places;
  bool all = true, isCodeNamed = false;
  const auto add = [&](std::string_view section, const std::string &place) {
    places.push_back(fmt::format("{} {}", section, place));
    all &= isInitSection(section);
  };
  for (const auto &[key, index] : ours) {
    const auto other = theirs.find(key);
    if (other == theirs.end()) {
      add(key.first, "is gone");
      continue;
    }
    const auto offset = firstDifference(base, index, patched, other->second);
    if (!offset)
      continue;
    const ElfSymbol *symbol = symbolAt(base, index, *offset);
    if (symbol == nullptr) {
      add(key.first, fmt::format("differs from offset {:#x} on", *offset));
      continue;
    }
    add(key.first, fmt::format("differs from {}+{:#x} on", symbol->name, *offset - symbol->value));
    const bool isCode = (base.sections()[index].flags & SHF_EXECINSTR) != 0;
    if (result.symbol.empty() || (isCode && !isCodeNamed))
      result.symbol = symbol->name;
    isCodeNamed |= isCode;
  }
  for (const auto &[key, index] : theirs)
    if (!ours.contains(key))
      add(key.first, "is new");
  if (places.empty())
    places.emplace_back("it defines other symbols");
  else
    result.isInitOnly = all;
  result.places = fmt::format("{}", fmt::join(places, "; "));
  return result;
}

llvm::Expected<std::vector<std::optional<Refusal>>> compareAssembly(const UnitCompiler &compiler,
                                                                    std::span<const Unit> units) {
  std::vector<std::optional<Refusal>> verdicts(units.size());
  // Of the target's own instruction set, and 32-bit code; by place in units.
  std::array<std::vector<size_t>, 2> kinds;
  const std::vector<char> isAsBuilt = compiler.givesBuiltObject(units);
  for (size_t i = 0; i < units.size(); ++i)
    if (!isAsBuilt[i])
      kinds[makes32BitCode(units[i].command)].push_back(i);
  const auto open = [&](const std::vector<size_t> &kind) {
    std::vector<Unit> result;
    for (const size_t i : kind)
      result.push_back(units[i]);
    return result;
  };
  auto objects = compiler.assemble(open(kinds[0]));
  if (!objects)
    return objects.takeError();
  for (size_t k = 0; k < kinds[0].size(); ++k)
    if (const auto &[base, patched] = (*objects)[k]; !areSameInMemory(base, patched)) {
      const Unit &unit = units[kinds[0][k]];
      verdicts[kinds[0][k]] = refusalOf(unit, describeDifference(base, patched));
    }
  auto same = compiler.giveSameBytes(open(kinds[1]));
  if (!same)
    return same.takeError();
  for (size_t k = 0; k < kinds[1].size(); ++k)
    if (!(*same)[k])
      verdicts[kinds[1][k]] = refusalOf32BitCode(units[kinds[1][k]]);
  return verdicts;
}

} // namespace suture::builder
