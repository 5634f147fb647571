// SPDX-License-Identifier: Apache-2.0
#pragma once
// The part of ELF-64 that a payload uses. Source: System V ABI, chapters 4 and 5; psABI x86-64,
// table 4.9.

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace suture::elf {

inline constexpr uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};

inline constexpr size_t identClass = 4;
inline constexpr size_t identData = 5;
inline constexpr size_t identVersion = 6;
inline constexpr size_t identOsAbi = 7;
inline constexpr size_t identAbiVersion = 8;

inline constexpr uint8_t class64 = 2;
inline constexpr uint8_t dataLittleEndian = 1;
inline constexpr uint8_t versionCurrent = 1;
inline constexpr uint8_t osAbiNone = 0;
inline constexpr uint8_t osAbiFreeBsd = 9;
inline constexpr uint16_t typeRelocatable = 1;
inline constexpr uint16_t machineX86_64 = 62;

struct Header {
  uint8_t ident[16];
  uint16_t type, machine;
  uint32_t version;
  uint64_t entry, programHeaders, sectionHeaders;
  uint32_t flags;
  uint16_t headerSize, programHeaderSize, programHeaderCount;
  uint16_t sectionHeaderSize, sectionCount, sectionNameIndex;
};
static_assert(std::is_standard_layout_v<Header> && sizeof(Header) == 64);
static_assert(offsetof(Header, sectionHeaders) == 40 && offsetof(Header, sectionNameIndex) == 62);

inline constexpr uint32_t sectionSymbolTable = 2;
inline constexpr uint32_t sectionStringTable = 3;
inline constexpr uint32_t sectionRela = 4;
inline constexpr uint32_t sectionNobits = 8;
inline constexpr uint32_t sectionRel = 9;

inline constexpr uint64_t flagWrite = 1;
inline constexpr uint64_t flagAlloc = 2;
inline constexpr uint64_t flagExecute = 4;
inline constexpr uint64_t flagMerge = 16;

struct SectionHeader {
  uint32_t name = 0, type = 0;
  uint64_t flags = 0, address = 0, offset = 0, size = 0;
  uint32_t link = 0, info = 0;
  uint64_t alignment = 0, entrySize = 0;
};
static_assert(std::is_standard_layout_v<SectionHeader> && sizeof(SectionHeader) == 64);

inline constexpr uint16_t indexUndefined = 0;
inline constexpr uint16_t indexReservedFirst = 0xff00;
inline constexpr uint16_t indexAbsolute = 0xfff1;
inline constexpr uint16_t indexCommon = 0xfff2;

struct Symbol {
  uint32_t name;
  uint8_t info, other;
  uint16_t section;
  uint64_t value, size;
};
static_assert(std::is_standard_layout_v<Symbol> && sizeof(Symbol) == 24);

struct Rel {
  uint64_t offset, info;
};
static_assert(std::is_standard_layout_v<Rel> && sizeof(Rel) == 16);

struct Rela {
  uint64_t offset, info;
  int64_t addend;
};
static_assert(std::is_standard_layout_v<Rela> && sizeof(Rela) == 24);

constexpr uint32_t relocationSymbol(uint64_t info) noexcept {
  return static_cast<uint32_t>(info >> 32);
}
constexpr uint32_t relocationType(uint64_t info) noexcept { return static_cast<uint32_t>(info); }

struct NoteHeader {
  uint32_t nameSize, descriptionSize, type;
};
static_assert(std::is_standard_layout_v<NoteHeader> && sizeof(NoteHeader) == 12);

} // namespace suture::elf
