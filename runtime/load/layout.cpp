// SPDX-License-Identifier: Apache-2.0
#include "runtime/load/layout.h"

#include "runtime/format/payload.h"

#include <cstring>

namespace suture {
namespace {

/// Regions start on a page; no section can be aligned to more.
constexpr uint64_t pageSize = 4096;

RegionKind regionFor(uint64_t flags) noexcept {
  if ((flags & elf::flagAlloc) == 0)
    return RegionKind::None;
  if ((flags & elf::flagExecute) != 0)
    return RegionKind::Text;
  return (flags & elf::flagWrite) != 0 ? RegionKind::Data : RegionKind::Constants;
}

} // namespace

Result<Layout> planLayout(const ElfFile &file, std::span<SectionPlace> places) noexcept {
  Layout layout;
  for (uint32_t index = 1; index < file.sectionCount(); ++index) {
    const elf::SectionHeader header = file.section(index);
    const RegionKind kind = regionFor(header.flags);
    if (kind == RegionKind::None)
      continue;
    if ((header.flags & elf::flagExecute) != 0 && (header.flags & elf::flagWrite) != 0)
      return fail({.code = ErrorCode::WritableAndExecutable,
                   .section = index,
                   .subject = {file.sectionName(index)}});
    const uint64_t alignment = header.alignment == 0 ? 1 : header.alignment;
    if (alignment > pageSize)
      return fail({.code = ErrorCode::AlignmentAbovePage,
                   .section = index,
                   .value = alignment,
                   .allowed = pageSize,
                   .subject = {file.sectionName(index)}});
    // No overflow: fewer than 1,024 sections of at most 2 MiB (or of the file's size) each.
    uint64_t &size = kind == RegionKind::Text   ? layout.sizes.text
                     : kind == RegionKind::Data ? layout.sizes.data
                                                : layout.sizes.constants;
    const uint64_t offset = (size + alignment - 1) & ~(alignment - 1);
    places[index] = {.region = kind, .offset = offset};
    size = offset + header.size;
    if (kind == RegionKind::Data && header.size != 0 &&
        file.sectionName(index) != format::section::funcs)
      layout.hasWritableData = true;
  }
  return layout;
}

const PayloadRegion &PlacedSections::region(RegionKind kind) const noexcept {
  return kind == RegionKind::Text   ? memory_.text
         : kind == RegionKind::Data ? memory_.data
                                    : memory_.constants;
}

void PlacedSections::copyIn() const noexcept {
  for (uint32_t index = 1; index < file_.sectionCount(); ++index) {
    if (!isLoaded(index))
      continue;
    std::span<const std::byte> source = file_.sectionData(index).bytes();
    if (!source.empty())
      std::memcpy(bytes(index).data(), source.data(), source.size());
  }
}

HvVirt PlacedSections::address(uint32_t section) const noexcept {
  const SectionPlace &place = places_[section];
  return region(place.region).address + place.offset;
}

std::span<std::byte> PlacedSections::bytes(uint32_t section) const noexcept {
  const SectionPlace &place = places_[section];
  return region(place.region).bytes.subspan(place.offset, file_.section(section).size);
}

ByteView PlacedSections::contents(uint32_t section) const noexcept {
  return isLoaded(section) ? ByteView{bytes(section)} : file_.sectionData(section);
}

std::optional<std::string_view> PlacedSections::stringAt(HvVirt address) const noexcept {
  for (RegionKind kind : {RegionKind::Constants, RegionKind::Data, RegionKind::Text}) {
    const PayloadRegion &candidate = region(kind);
    if (address - candidate.address < candidate.bytes.size())
      return ByteView{candidate.bytes}.string(address - candidate.address);
  }
  return std::nullopt;
}

bool PlacedSections::isText(HvVirt address, uint64_t size) const noexcept {
  const uint64_t offset = address - memory_.text.address;
  const uint64_t length = memory_.text.bytes.size();
  return offset < length && size <= length - offset;
}

} // namespace suture
