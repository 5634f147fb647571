// SPDX-License-Identifier: Apache-2.0
// Tables beside code: at boot a hypervisor rewrites instructions for the processor at hand
// (`.altinstructions`), on a trap it looks up where to go on (`.ex_table`) or what a `ud2` means
// (`.bug_frames.N`). A carried function needs its own entries, with places in the payload; entries
// of other functions must stay out, since they would be applied to the target a second time. So
// each entry is a piece of its own, and belongs to the function that its first field leads to.
//
//   .altinstructions  14 bytes: orig - ., replacement - ., feature, lengths of both, padding, 0
//   .ex_table          8 bytes: from - ., to - .
//   .bug_frames.0..2   8 bytes: ud2 - entry, pointer - entry, each 24 bits wide, with the line
//                      number's two halves above them
//   .bug_frames.3     16 bytes: the same, 0, message - entry
//   .alt_call_sites    4 bytes: call - .
// Source: Xen 4.16 to 4.21, include/asm-x86/{alternative,bug,uaccess}.h and their successors.
//
// The code that entries lead to has no symbols. Replacements are cut where entries point. Fixup
// code of one asm statement may jump and fall from one label to the next, without a relocation: it
// is cut only where the function changes that the entries belong to. Rejected: cutting at each
// label, which loses what a label falls through to.
#include "payload-builder/objects/code_tables.h"

#include <algorithm>
#include <elf.h>
#include <utility>
#include <vector>

namespace suture::builder {

namespace {

constexpr std::string_view alternatives = ".altinstructions";
constexpr std::string_view fixups = ".fixup";
constexpr std::string_view bugFrames = ".bug_frames.";

/// Of struct alt_instr.
constexpr size_t originalLength = 10, replacementLength = 11;
/// Bits of a bug frame's distances.
constexpr int64_t bugDistanceMask = 0xffffff;

struct TableForm {
  std::string_view section;
  uint64_t entrySize;
};

constexpr TableForm tables[] = {
    {alternatives, 14},   {".alt_call_sites", 4}, {".bug_frames.0", 8}, {".bug_frames.1", 8},
    {".bug_frames.2", 8}, {".bug_frames.3", 16},  {".ex_table", 8},
};

/// Section and offset.
using Place = std::pair<uint32_t, uint64_t>;

class TableCutter final {
public:
  explicit TableCutter(const ElfFile &file) : file_(file) {
    for (const ElfSymbol &symbol : file.symbols())
      if (symbol.type == STT_FUNC && symbol.section != SHN_UNDEF)
        functions_.emplace(symbol.section, symbol.value);
  }

  llvm::Expected<TableCuts> run() {
    for (uint32_t i = 1; i < file_.sections().size(); ++i) {
      const ElfSection &section = file_.sections()[i];
      const auto entrySize = entrySizeOf(section.name);
      if (!entrySize || section.size == 0 || section.size % *entrySize != 0)
        continue;
      for (uint64_t offset = 0; offset <= section.size; offset += *entrySize)
        cuts_[i].insert(offset);
      if (llvm::Error error = readTargets({i}, *entrySize))
        return error;
    }
    cutFixups();
    return std::move(cuts_);
  }

private:
  /// The function that holds a place, by its start.
  Place ownerOf(Place place) const {
    const auto next = functions_.upper_bound(place);
    if (next == functions_.begin() || std::prev(next)->first != place.first)
      return {place.first, 0};
    return *std::prev(next);
  }

  llvm::Error readTargets(SectionIndex table, uint64_t entrySize) {
    auto relocations = file_.relocations(table);
    if (!relocations)
      return relocations.takeError();
    std::map<uint64_t, Place> owners;
    for (const ElfRelocation &relocation : *relocations)
      if (const auto place = placeOf(relocation); place && relocation.offset % entrySize == 0)
        owners.emplace(relocation.offset, *place);
    for (const ElfRelocation &relocation : *relocations) {
      const auto place = placeOf(relocation);
      const uint64_t field = relocation.offset % entrySize;
      if (!place || field == ownerField)
        continue;
      const std::string_view name = file_.sections()[place->first].name;
      const auto owner = owners.find(relocation.offset - field);
      if (name == fixups && owner != owners.end() &&
          file_.sections()[owner->second.first].name != fixups)
        fixupOwners_.emplace(*place, ownerOf(owner->second));
      else if (isTableCode(name) && name != fixups)
        cuts_[place->first].insert({0, place->second, file_.sections()[place->first].size});
    }
    return llvm::Error::success();
  }

  /// Where a field leads; none outside the object.
  std::optional<Place> placeOf(const ElfRelocation &relocation) const {
    const ElfSymbol &symbol = file_.symbol(relocation.symbol);
    if (symbol.section == SHN_UNDEF || symbol.section >= file_.sections().size())
      return std::nullopt;
    const int64_t offset = static_cast<int64_t>(symbol.value) + relocation.addend;
    if (offset < 0 || static_cast<uint64_t>(offset) > file_.sections()[symbol.section].size)
      return std::nullopt;
    return Place{symbol.section, static_cast<uint64_t>(offset)};
  }

  void cutFixups() {
    std::optional<Place> last;
    for (const auto &[place, owner] : fixupOwners_) {
      std::set<uint64_t> &cuts = cuts_[place.first];
      cuts.insert({0, file_.sections()[place.first].size});
      if (last && *last != owner)
        cuts.insert(place.second);
      last = owner;
    }
  }

  const ElfFile &file_;
  std::set<Place> functions_;
  /// By where fixup code is entered: the function it is for.
  std::map<Place, Place> fixupOwners_;
  TableCuts cuts_;
};

} // namespace

std::optional<uint64_t> entrySizeOf(std::string_view sectionName) {
  for (const TableForm &form : tables)
    if (form.section == sectionName)
      return form.entrySize;
  return std::nullopt;
}

bool isTableCode(std::string_view sectionName) {
  return sectionName == fixups || sectionName == ".altinstr_replacement";
}

llvm::Expected<TableCuts> cutTables(const ElfFile &file) { return TableCutter(file).run(); }

int64_t biasOfTableField(std::string_view sectionName, uint64_t field, int64_t addend) {
  if (!sectionName.starts_with(bugFrames))
    return 0;
  // `(target - entry) + (line << 24)`, in a field `field` bytes behind the entry's start.
  return -(addend & ~bugDistanceMask) - static_cast<int64_t>(field);
}

bool hasEmptyReplacement(std::string_view sectionName, std::span<const uint8_t> entry) {
  return sectionName == alternatives && entry.size() > replacementLength &&
         entry[replacementLength] == 0;
}

uint8_t rewrittenBytes(std::string_view sectionName, std::span<const uint8_t> entry) {
  return sectionName == alternatives && entry.size() > originalLength ? entry[originalLength] : 0;
}

} // namespace suture::builder
