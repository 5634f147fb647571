// SPDX-License-Identifier: Apache-2.0
// Checks 7 to 25 on the ELF file: each case breaks one thing of a valid payload.

#include "runtime/testing/checks/scene.h"

#include <cstring>

namespace suture::testing {
namespace {

using elf::Header;
using elf::SectionHeader;

/// A valid file with one field of its header changed.
template <typename T> auto withHeader(T Header::*field, T value) {
  return [=](Scene &scene) {
    Bytes bytes = scene.valid().build();
    Header header;
    std::memcpy(&header, bytes.data(), sizeof(header));
    header.*field = value;
    std::memcpy(bytes.data(), &header, sizeof(header));
    return bytes;
  };
}

auto withIdent(size_t index, uint8_t value) {
  return [=](Scene &scene) {
    Bytes bytes = scene.valid().build();
    patch(bytes, index, value);
    return bytes;
  };
}

enum class Which { First, SymbolTable, SymbolNames, SectionNames };

uint32_t indexOf(Which which, const PayloadFile &file, const Bytes &bytes) {
  const auto sections = static_cast<uint32_t>(const_cast<PayloadFile &>(file).sections().size());
  Header header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  switch (which) {
  case Which::First:
    return 1;
  case Which::SymbolTable:
    return sections + 1;
  case Which::SymbolNames:
    return sections + 2;
  case Which::SectionNames:
    return header.sectionNameIndex;
  }
  return 0;
}

/// A valid file with one field of a section header changed.
template <typename T> auto withSection(Which which, T SectionHeader::*field, T value) {
  return [=](Scene &scene) {
    const PayloadFile file = scene.valid();
    Bytes bytes = file.build();
    const size_t offset = sectionHeaderOffset(bytes, indexOf(which, file, bytes));
    SectionHeader header;
    std::memcpy(&header, bytes.data() + offset, sizeof(header));
    header.*field = value;
    std::memcpy(bytes.data() + offset, &header, sizeof(header));
    return bytes;
  };
}

/// A valid file with a byte of a section's data changed; a negative offset counts from its end.
auto withByte(Which which, int64_t offset, uint8_t value) {
  return [=](Scene &scene) {
    const PayloadFile file = scene.valid();
    Bytes bytes = file.build();
    SectionHeader header;
    std::memcpy(&header, bytes.data() + sectionHeaderOffset(bytes, indexOf(which, file, bytes)),
                sizeof(header));
    const uint64_t at = header.offset + (offset < 0 ? header.size : 0);
    patch(bytes, at + static_cast<uint64_t>(offset), value);
    return bytes;
  };
}

template <typename Change> auto withFile(Change change) {
  return [=](Scene &scene) {
    PayloadFile file = scene.valid();
    change(file);
    return file.build();
  };
}

const BadFile headerCases[] = {
    {ErrorCode::TooShortForHeader, [](Scene &) { return Bytes{}; }},
    {ErrorCode::TooShortForHeader,
     [](Scene &scene) {
       Bytes bytes = scene.valid().build();
       bytes.resize(sizeof(Header) - 1);
       return bytes;
     }},
    {ErrorCode::NotElf, withIdent(0, 'E')},
    {ErrorCode::BadElfVersion, withHeader(&Header::version, 2u)},
    {ErrorCode::BadIdentVersion, withIdent(elf::identVersion, 0)},
    {ErrorCode::BadAbiVersion, withIdent(elf::identAbiVersion, 1)},
    {ErrorCode::BadOsAbi, withIdent(elf::identOsAbi, 3)},
    {ErrorCode::NotRelocatable, withHeader(&Header::type, uint16_t{2})},
    {ErrorCode::HasProgramHeaders, withHeader(&Header::programHeaderCount, uint16_t{1})},
    {ErrorCode::WrongMachine, withHeader(&Header::machine, uint16_t{183})},
    {ErrorCode::WrongClass, withIdent(elf::identClass, 1)},
    {ErrorCode::WrongByteOrder, withIdent(elf::identData, 2)},
    {ErrorCode::NoSectionNameTable, withHeader(&Header::sectionNameIndex, uint16_t{0})},
    {ErrorCode::TooManySections, withHeader(&Header::sectionCount, uint16_t{1024})},
    {ErrorCode::SectionNameTableIndexOutOfRange,
     withHeader(&Header::sectionNameIndex, uint16_t{1000})},
    {ErrorCode::SectionTableOffsetOutOfRange,
     withHeader(&Header::sectionHeaders, uint64_t{1} << 40)},
    {ErrorCode::SectionHeaderTooSmall, withHeader(&Header::sectionHeaderSize, uint16_t{63})},
    {ErrorCode::SectionTableOutOfRange, withHeader(&Header::sectionCount, uint16_t{1023})},
    {ErrorCode::SectionTableOutOfRange, withHeader(&Header::sectionHeaderSize, uint16_t{0xffff})},
};

const BadFile sectionCases[] = {
    {ErrorCode::SectionDataInHeader,
     withSection(Which::First, &SectionHeader::offset, uint64_t{63})},
    {ErrorCode::SectionDataOutOfRange,
     withSection(Which::First, &SectionHeader::offset, uint64_t{1} << 32)},
    // offset + size wraps around to a small number.
    {ErrorCode::SectionDataOutOfRange,
     withSection(Which::First, &SectionHeader::size, ~uint64_t{0})},
    {ErrorCode::AlignmentNotPowerOfTwo,
     withSection(Which::First, &SectionHeader::alignment, uint64_t{3})},
    {ErrorCode::AddressNotAligned, withSection(Which::First, &SectionHeader::address, uint64_t{2})},
    {ErrorCode::NobitsTooLarge, withFile([](PayloadFile &file) {
       file.addSection({.name = ".bss",
                        .type = elf::sectionNobits,
                        .flags = elf::flagAlloc | elf::flagWrite,
                        .nobitsSize = format::maxPayloadSize + 1});
     })},
    {ErrorCode::NobitsTooLarge, withFile([](PayloadFile &file) {
       file.addSection({.name = ".bss",
                        .type = elf::sectionNobits,
                        .flags = elf::flagWrite,
                        .nobitsSize = format::maxPayloadSize + 1});
     })},
    {ErrorCode::SecondSymbolTable,
     withSection(Which::First, &SectionHeader::type, elf::sectionSymbolTable)},
    {ErrorCode::StringTableIndexOutOfRange,
     withSection(Which::SymbolTable, &SectionHeader::link, 500u)},
    {ErrorCode::NoSymbolTable, withSection(Which::SymbolTable, &SectionHeader::type, 1u)},
    {ErrorCode::SymbolTableEmpty,
     withSection(Which::SymbolTable, &SectionHeader::size, uint64_t{0})},
    {ErrorCode::SymbolEntryTooSmall,
     withSection(Which::SymbolTable, &SectionHeader::entrySize, uint64_t{23})},
    {ErrorCode::SymbolTableSizeNotMultiple,
     withSection(Which::SymbolTable, &SectionHeader::entrySize, uint64_t{25})},
    {ErrorCode::SymbolNamesNotStringTable,
     withSection(Which::SymbolNames, &SectionHeader::type, 1u)},
    {ErrorCode::SymbolNamesEmpty,
     withSection(Which::SymbolNames, &SectionHeader::size, uint64_t{0})},
    {ErrorCode::SymbolNamesNotTerminated, withByte(Which::SymbolNames, 0, 'x')},
    {ErrorCode::SymbolNamesNotTerminated, withByte(Which::SymbolNames, -1, 'x')},
    {ErrorCode::SectionNamesNotStringTable,
     withSection(Which::SectionNames, &SectionHeader::type, 1u)},
    {ErrorCode::SectionNamesEmpty,
     withSection(Which::SectionNames, &SectionHeader::size, uint64_t{0})},
    {ErrorCode::SectionNamesNotTerminated, withByte(Which::SectionNames, 0, 'x')},
    {ErrorCode::SectionNamesNotTerminated, withByte(Which::SectionNames, -1, 'x')},
    {ErrorCode::SectionNameOutOfRange,
     withSection(Which::First, &SectionHeader::name, uint32_t{0xffffffff})},
    {ErrorCode::SymbolNameOutOfRange,
     [](Scene &scene) {
       const PayloadFile file = scene.valid();
       Bytes bytes = file.build();
       SectionHeader header;
       std::memcpy(&header,
                   bytes.data() +
                       sectionHeaderOffset(bytes, indexOf(Which::SymbolTable, file, bytes)),
                   sizeof(header));
       patch(bytes, header.offset + sizeof(elf::Symbol), uint32_t{0x10000});
       return bytes;
     }},
};

const BadFile layoutCases[] = {
    {ErrorCode::NoMemoryForSections,
     [](Scene &scene) {
       scene.platform.failNext(Fallible::Allocate);
       return scene.valid().build();
     }},
    {ErrorCode::WritableAndExecutable,
     withFile([](PayloadFile &file) { file.section(".text").flags |= elf::flagWrite; })},
    {ErrorCode::AlignmentAbovePage,
     withFile([](PayloadFile &file) { file.section(".text").alignment = 8192; })},
    {ErrorCode::NoMemoryForLayout,
     [](Scene &scene) {
       scene.platform.failNext(Fallible::AllocatePayload);
       return scene.valid().build();
     }},
    {ErrorCode::NoAddressSpace,
     [](Scene &scene) {
       scene.platform.failNext(Fallible::AllocateAddresses);
       return scene.valid().build();
     }},
};

class ElfFileChecks : public ::testing::TestWithParam<BadFile> {};

TEST_P(ElfFileChecks, RefusesAndLeavesNothingBehind) { expectRefused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Header, ElfFileChecks, ::testing::ValuesIn(headerCases), nameOfCase);
INSTANTIATE_TEST_SUITE_P(Section, ElfFileChecks, ::testing::ValuesIn(sectionCases), nameOfCase);
INSTANTIATE_TEST_SUITE_P(Layout, ElfFileChecks, ::testing::ValuesIn(layoutCases), nameOfCase);

TEST(ElfFileChecks, FileCutAtAnyPlaceIsRefused) {
  Scene scene;
  const Bytes whole = scene.valid().build();
  for (size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    ASSERT_FALSE(scene.upload("cut", cut)) << size;
  }
  expectDone(scene.upload("whole", whole));
}

TEST(ElfFileChecks, AcceptsFreeBsdOsAbi) {
  Scene scene;
  Bytes bytes = scene.valid().build();
  patch(bytes, elf::identOsAbi, elf::osAbiFreeBsd);
  expectDone(scene.upload("fix", bytes));
}

} // namespace
} // namespace suture::testing
