// SPDX-License-Identifier: Apache-2.0
// Tables that a hypervisor's code has beside it: at boot it rewrites instructions for the processor
// at hand (`.altinstructions`), on a trap it looks up where to go on (`.ex_table`) or what a `ud2`
// means (`.bug_frames.N`). A carried function needs its own entries, with places in the payload;
// entries of other functions must stay out, since they would be applied to the target a second
// time.
//
// An entry belongs to the function that its first field refers to. Layouts: Xen 4.16,
// include/asm-x86/{alternative,bug,uaccess}.h. The code that entries lead to (`.fixup`,
// `.altinstr_replacement`) has no symbols; the carrier cuts it where entries point.
#include "payload-builder/plan/special_sections.h"

#include <algorithm>

namespace suture::builder {

namespace {

struct TableForm {
  std::string_view section;
  uint64_t entrySize;
};

constexpr TableForm tables[] = {
    {".altinstructions", 14}, // struct alt_instr
    {".bug_frames.0", 8},     // struct bug_frame: run_fn
    {".bug_frames.1", 8},     // warn
    {".bug_frames.2", 8},     // bug
    {".bug_frames.3", 12},    // assert, with its message
    {".ex_table", 8},         // struct exception_table_entry
};

/// Code that tables lead to, carried when they do.
bool isTableCode(std::string_view section) {
  return section == ".fixup" || section == ".altinstr_replacement";
}

class EntryCarrier final {
public:
  EntryCarrier(const ObjectsResult &objects, Carrier &carrier, Plan &plan)
      : objects_(objects), carrier_(carrier), plan_(plan) {}

  void run() {
    for (size_t i = 0; i < objects_.units.size(); ++i) {
      const ObjectModel &object = objects_.units[i].patched;
      for (uint32_t piece = 0; piece < object.pieces().size(); ++piece)
        if (object.role(object.pieces()[piece]) == SectionRole::Special)
          carryTable({i}, {piece});
    }
  }

private:
  const ObjectModel &object(UnitIndex unit) const { return objects_.units[unit.value].patched; }

  bool isCarried(UnitIndex unit, const Reference &reference) const {
    const auto *target = std::get_if<PieceTarget>(&reference.target);
    return target != nullptr && carrier_.find(unit, target->piece).has_value();
  }

  void carryTable(UnitIndex unit, PieceIndex index) {
    const Piece &piece = object(unit).piece(index);
    const std::string_view section = object(unit).sectionName(piece);
    if (isTableCode(section))
      return;
    const auto entrySize = entrySizeOf(section);
    for (const Reference &reference : piece.references) {
      if (!isCarried(unit, reference))
        continue;
      if (!entrySize || piece.size % *entrySize != 0)
        return refuse(unit, section);
      // The first field of an entry; others may refer to carried functions too.
      if (reference.offset % *entrySize != 0)
        continue;
      if (section == ".bug_frames.0" && !reachesOnlyPayload(unit, piece, reference.offset))
        return refuse(unit, section);
      carrier_.carryEntry(unit, index, {.offset = reference.offset, .size = *entrySize});
    }
  }

  /// A bug frame has 24 bits for the distance to the function it names: it must be in the payload.
  bool reachesOnlyPayload(UnitIndex unit, const Piece &piece, uint64_t entry) const {
    return std::ranges::all_of(piece.references, [&](const Reference &reference) {
      return reference.offset < entry || reference.offset >= entry + 8 ||
             isCarried(unit, reference);
    });
  }

  void refuse(UnitIndex unit, std::string_view section) {
    plan_.refusals.push_back(
        {.stage = Stage::Plan,
         .code = RefusalCode::UnknownSection,
         .location = {.file = objects_.units[unit.value].changes.unit.source},
         .subject = std::string(section),
         .reason = "a function of the payload has entries in this table, whose form is not known "
                   "or which cannot lead out of a payload",
         .advice = "Change the fix so that the function does without."});
  }

  const ObjectsResult &objects_;
  Carrier &carrier_;
  Plan &plan_;
};

} // namespace

std::optional<uint64_t> entrySizeOf(std::string_view sectionName) {
  for (const TableForm &form : tables)
    if (form.section == sectionName)
      return form.entrySize;
  return std::nullopt;
}

void carrySpecialEntries(const ObjectsResult &objects, Carrier &carrier, Plan &plan) {
  EntryCarrier(objects, carrier, plan).run();
}

} // namespace suture::builder
