// SPDX-License-Identifier: Apache-2.0
// Checks 7 to 21 on a payload file. Each step may rely on what the steps before it have checked:
//
//   header -> section table lies in the file -> each section's data lies in the file
//          -> one symbol table, its names are strings -> each name lies in its string table
//
// After that, section() and symbol() cannot fail. Nothing is copied into tables: a header is read
// from the file when it is asked for (64 bytes), so that opening needs no memory.
// Source of the checks and of their order: Xen's loader, whose errno values we keep.

#include "runtime/elf/elf_file.h"

#include "runtime/format/payload.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace suture {

using elf::SectionHeader;

Result<ElfFile> ElfFile::open(ByteView file) noexcept {
  ElfFile elf{file};
  SUTURE_TRY(elf.checkHeader());
  SUTURE_TRY(elf.checkSectionTable());
  SUTURE_TRY(elf.checkSections());
  SUTURE_TRY(elf.checkSymbolTable());
  SUTURE_TRY(elf.checkNames());
  return elf;
}

Result<> ElfFile::checkHeader() noexcept {
  auto header = file_.read<elf::Header>(0);
  if (!header)
    return fail({.code = ErrorCode::TooShortForHeader,
                 .value = file_.size(),
                 .allowed = sizeof(elf::Header)});
  header_ = *header;
  if (!std::equal(std::begin(elf::magic), std::end(elf::magic), header_.ident))
    return fail({.code = ErrorCode::NotElf, .value = file_.read<uint32_t>(0).value_or(0)});
  return checkIdentity();
}

Result<> ElfFile::checkIdentity() const noexcept {
  struct Field {
    ErrorCode code;
    uint64_t found, wanted;
  };
  const uint8_t *ident = header_.ident;
  const uint8_t osAbi = ident[elf::identOsAbi];
  const uint64_t osAbiWanted = osAbi == elf::osAbiFreeBsd ? elf::osAbiFreeBsd : elf::osAbiNone;
  const Field fields[] = {
      {ErrorCode::BadElfVersion, header_.version, elf::versionCurrent},
      {ErrorCode::BadIdentVersion, ident[elf::identVersion], elf::versionCurrent},
      {ErrorCode::BadAbiVersion, ident[elf::identAbiVersion], 0},
      {ErrorCode::BadOsAbi, osAbi, osAbiWanted},
      {ErrorCode::NotRelocatable, header_.type, elf::typeRelocatable},
      {ErrorCode::HasProgramHeaders, header_.programHeaderCount, 0},
      {ErrorCode::WrongMachine, header_.machine, elf::machineX86_64},
      {ErrorCode::WrongClass, ident[elf::identClass], elf::class64},
      {ErrorCode::WrongByteOrder, ident[elf::identData], elf::dataLittleEndian},
  };
  for (const Field &field : fields)
    if (field.found != field.wanted)
      return fail({.code = field.code, .value = field.found, .allowed = field.wanted});
  return {};
}

Result<> ElfFile::checkSectionTable() const noexcept {
  const elf::Header &h = header_;
  if (h.sectionNameIndex == 0)
    return fail({.code = ErrorCode::NoSectionNameTable});
  if (h.sectionCount >= format::maxSections)
    return fail({.code = ErrorCode::TooManySections,
                 .value = h.sectionCount,
                 .allowed = format::maxSections - 1});
  if (h.sectionNameIndex >= h.sectionCount)
    return fail({.code = ErrorCode::SectionNameTableIndexOutOfRange,
                 .value = h.sectionNameIndex,
                 .allowed = h.sectionCount});
  if (h.sectionHeaders >= file_.size())
    return fail({.code = ErrorCode::SectionTableOffsetOutOfRange,
                 .value = h.sectionHeaders,
                 .allowed = file_.size()});
  if (h.sectionHeaderSize < sizeof(SectionHeader))
    return fail({.code = ErrorCode::SectionHeaderTooSmall,
                 .value = h.sectionHeaderSize,
                 .allowed = sizeof(SectionHeader)});
  if (!file_.contains(h.sectionHeaders, uint64_t{h.sectionCount} * h.sectionHeaderSize))
    return fail({.code = ErrorCode::SectionTableOutOfRange,
                 .offset = h.sectionHeaders,
                 .value = h.sectionCount,
                 .allowed = file_.size()});
  return {};
}

Result<> ElfFile::checkSections() noexcept {
  for (uint32_t index = 1; index < sectionCount(); ++index) {
    SUTURE_TRY(checkSection(index));
    SectionHeader header = section(index);
    if (header.type != elf::sectionSymbolTable)
      continue;
    if (symbolTable_ != 0)
      return fail({.code = ErrorCode::SecondSymbolTable, .section = index, .value = symbolTable_});
    symbolTable_ = index;
    if (header.link >= sectionCount())
      return fail({.code = ErrorCode::StringTableIndexOutOfRange,
                   .section = index,
                   .value = header.link,
                   .allowed = sectionCount()});
  }
  if (symbolTable_ == 0)
    return fail({.code = ErrorCode::NoSymbolTable, .value = sectionCount()});
  return {};
}

Result<> ElfFile::checkSection(uint32_t index) const noexcept {
  const SectionHeader header = section(index);
  const bool nobits = header.type == elf::sectionNobits;
  if (header.offset < sizeof(elf::Header))
    return fail(
        {.code = ErrorCode::SectionDataInHeader, .section = index, .offset = header.offset});
  if (!nobits && !file_.contains(header.offset, header.size))
    return fail({.code = ErrorCode::SectionDataOutOfRange,
                 .section = index,
                 .offset = header.offset,
                 .value = header.size,
                 .allowed = file_.size()});
  if ((header.alignment & (header.alignment - 1)) != 0)
    return fail(
        {.code = ErrorCode::AlignmentNotPowerOfTwo, .section = index, .value = header.alignment});
  if (header.alignment != 0 && header.address % header.alignment != 0)
    return fail({.code = ErrorCode::AddressNotAligned,
                 .section = index,
                 .value = header.address,
                 .allowed = header.alignment});
  if (nobits && (header.flags & (elf::flagWrite | elf::flagAlloc)) != 0 &&
      header.size > format::maxPayloadSize)
    return fail({.code = ErrorCode::NobitsTooLarge,
                 .section = index,
                 .value = header.size,
                 .allowed = format::maxPayloadSize});
  return {};
}

namespace {

struct StringTableCodes {
  ErrorCode wrongType, empty, notTerminated;
};

/// A string table has the type, and a NUL as first and as last byte.
Result<> checkStringTable(const SectionHeader &header, ByteView data, uint32_t index,
                          const StringTableCodes &codes) noexcept {
  if (header.type != elf::sectionStringTable)
    return fail({.code = codes.wrongType,
                 .section = index,
                 .value = header.type,
                 .allowed = elf::sectionStringTable});
  if (data.size() == 0)
    return fail({.code = codes.empty, .section = index});
  for (uint64_t offset : {uint64_t{0}, data.size() - 1})
    if (uint8_t byte = data.read<uint8_t>(offset).value_or(1); byte != 0)
      return fail({.code = codes.notTerminated, .section = index, .offset = offset, .value = byte});
  return {};
}

} // namespace

Result<> ElfFile::checkSymbolTable() noexcept {
  const SectionHeader header = section(symbolTable_);
  if (header.size == 0)
    return fail({.code = ErrorCode::SymbolTableEmpty, .section = symbolTable_});
  if (header.entrySize < sizeof(elf::Symbol))
    return fail({.code = ErrorCode::SymbolEntryTooSmall,
                 .section = symbolTable_,
                 .value = header.entrySize,
                 .allowed = sizeof(elf::Symbol)});
  if (header.size % header.entrySize != 0)
    return fail({.code = ErrorCode::SymbolTableSizeNotMultiple,
                 .section = symbolTable_,
                 .value = header.size,
                 .allowed = header.entrySize});
  symbols_ = sectionData(symbolTable_);
  symbolEntrySize_ = header.entrySize;
  symbolCount_ = static_cast<uint32_t>(symbols_.size() / header.entrySize);

  symbolNames_ = sectionData(header.link);
  return checkStringTable(section(header.link), symbolNames_, header.link,
                          {ErrorCode::SymbolNamesNotStringTable, ErrorCode::SymbolNamesEmpty,
                           ErrorCode::SymbolNamesNotTerminated});
}

Result<> ElfFile::checkNames() noexcept {
  const uint32_t namesIndex = header_.sectionNameIndex;
  ByteView names = sectionData(namesIndex);
  SUTURE_TRY(checkStringTable(section(namesIndex), names, namesIndex,
                              {ErrorCode::SectionNamesNotStringTable, ErrorCode::SectionNamesEmpty,
                               ErrorCode::SectionNamesNotTerminated}));
  for (uint32_t index = 1; index < sectionCount(); ++index)
    if (uint32_t name = section(index).name; name >= names.size())
      return fail({.code = ErrorCode::SectionNameOutOfRange,
                   .section = index,
                   .value = name,
                   .allowed = names.size()});
  sectionNames_ = names;

  for (uint32_t index = 1; index < symbolCount_; ++index)
    if (uint32_t name = symbol(index).name; name >= symbolNames_.size())
      return fail({.code = ErrorCode::SymbolNameOutOfRange,
                   .entry = index,
                   .value = name,
                   .allowed = symbolNames_.size()});
  return {};
}

SectionHeader ElfFile::section(uint32_t index) const noexcept {
  return file_
      .read<SectionHeader>(header_.sectionHeaders + uint64_t{index} * header_.sectionHeaderSize)
      .value_or(SectionHeader{});
}

std::string_view ElfFile::sectionName(uint32_t index) const noexcept {
  return index == 0 ? std::string_view{}
                    : sectionNames_.string(section(index).name).value_or(std::string_view{});
}

ByteView ElfFile::sectionData(uint32_t index) const noexcept {
  const SectionHeader header = section(index);
  // A symbol table that claims to be NOBITS was not checked to lie in the file.
  if (header.type == elf::sectionNobits)
    return {};
  return file_.slice(header.offset, header.size).value_or(ByteView{});
}

uint32_t ElfFile::findSection(std::string_view name) const noexcept {
  // A loader looks for twenty names: no header is read whole, and no name's end is searched.
  for (uint32_t index = 1; index < sectionCount(); ++index) {
    const uint64_t header = header_.sectionHeaders + uint64_t{index} * header_.sectionHeaderSize;
    const uint32_t offset =
        file_.read<uint32_t>(header + offsetof(SectionHeader, name)).value_or(0);
    const auto bytes = sectionNames_.slice(offset, name.size() + 1);
    if (bytes && std::memcmp(bytes->bytes().data(), name.data(), name.size()) == 0 &&
        bytes->bytes().back() == std::byte{0})
      return index;
  }
  return 0;
}

elf::Symbol ElfFile::symbol(uint32_t index) const noexcept {
  return symbols_.read<elf::Symbol>(uint64_t{index} * symbolEntrySize_).value_or(elf::Symbol{});
}

std::string_view ElfFile::symbolName(uint32_t index) const noexcept {
  return symbolNames_.string(symbol(index).name).value_or(std::string_view{});
}

} // namespace suture
