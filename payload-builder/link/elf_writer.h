// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes a relocatable x86-64 ELF file, with full control over every byte: a payload's section
// order, symbols and relocations are an ABI, and the same input gives the same bytes.

#include "payload-builder/support/address.h"

#include <cstdint>
#include <string>
#include <vector>

namespace suture::builder {

/// Index into RelocatableFile::symbols.
struct OutputSymbolIndex {
  uint32_t value = 0;
};

struct OutputRelocation {
  uint64_t offset = 0;
  /// R_X86_64_*.
  uint32_t type = 0;
  OutputSymbolIndex symbol;
  int64_t addend = 0;
};

struct OutputSection {
  std::string name;
  /// SHT_*; flags SHF_*.
  uint32_t type = 0;
  uint64_t flags = 0;
  uint64_t alignment = 1;
  /// Empty for SHT_NOBITS.
  std::vector<uint8_t> bytes;
  /// Bytes in memory of SHT_NOBITS.
  uint64_t zeroSize = 0;
  /// Sorted by offset; written as a section of their own, `.rela` before the name.
  std::vector<OutputRelocation> relocations;
};

struct OutputSymbol {
  std::string name;
  uint64_t value = 0, size = 0;
  /// STT_*, STB_*.
  uint8_t type = 0, binding = 0;
  /// Index into RelocatableFile::sections plus one; SHN_UNDEF (0) or SHN_ABS otherwise.
  uint16_t section = 0;
};

struct RelocatableFile {
  std::vector<OutputSection> sections;
  /// In any order; the writer puts local ones first, as ELF wants it.
  std::vector<OutputSymbol> symbols;
};

/// The file's bytes: sections in their order with their relocations behind all of them, then the
/// symbol table and the string tables. Source: System V gABI, chapter 4.
std::string writeRelocatable(const RelocatableFile &file);

/// Bytes of an ELF note of owner "GNU". Source: gABI, Note Section.
std::vector<uint8_t> gnuNote(uint32_t type, const std::vector<uint8_t> &description);

} // namespace suture::builder
