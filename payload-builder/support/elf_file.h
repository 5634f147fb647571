// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one adapter over libelf: an x86-64 little-endian ELF64 file, read in place.

#include "payload-builder/support/address.h"

#include <cstdint>
#include <llvm/Support/Error.h>
#include <llvm/Support/MemoryBuffer.h>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace suture::builder {

struct ElfSection {
  std::string_view name;
  /// SHT_*.
  uint32_t type = 0;
  /// SHF_*.
  uint64_t flags = 0;
  uint64_t address = 0;
  /// Bytes in memory; for all but SHT_NOBITS also in the file.
  uint64_t size = 0;
  uint64_t alignment = 0;
  uint64_t entrySize = 0;
  uint32_t link = 0;
  uint32_t info = 0;
  /// Its contents; empty for SHT_NOBITS.
  std::span<const uint8_t> bytes;
};

struct ElfSymbol {
  std::string_view name;
  uint64_t value = 0;
  uint64_t size = 0;
  /// STT_*, STB_*, STV_*.
  uint8_t type = 0, binding = 0, visibility = 0;
  /// SHN_UNDEF, SHN_ABS, SHN_COMMON, or an index into sections() (extended indices resolved).
  uint32_t section = 0;
  /// Name of the STT_FILE symbol before it, for local symbols; else empty.
  std::string_view file;
};

struct ElfRelocation {
  uint64_t offset = 0;
  /// R_X86_64_*.
  uint32_t type = 0;
  SymbolIndex symbol;
  int64_t addend = 0;
};

/// An ELF file with its sections and symbols. Views that it hands out live as long as it does;
/// moving it leaves them valid.
class ElfFile final {
public:
  /// Maps a file. Errors: the system's; not an ELF file; another class, byte order or machine; a
  /// section or symbol table that points outside the file. Each names the path.
  static llvm::Expected<ElfFile> open(const std::string &path);
  /// The same for bytes in memory; name is for messages.
  static llvm::Expected<ElfFile> fromBytes(std::string bytes, const std::string &name);

  ElfFile(ElfFile &&) = default;
  ElfFile &operator=(ElfFile &&) = default;

  const std::string &path() const { return path_; }
  /// ET_REL, ET_EXEC, ET_DYN.
  uint16_t type() const { return type_; }
  /// By section index; entry 0 is the null section.
  std::span<const ElfSection> sections() const { return sections_; }
  /// By symbol index; entry 0 is the null symbol. Empty where there is no SHT_SYMTAB.
  std::span<const ElfSymbol> symbols() const { return symbols_; }
  const ElfSection &section(SectionIndex index) const { return sections_[index.value]; }
  const ElfSymbol &symbol(SymbolIndex index) const { return symbols_[index.value]; }
  /// The first section of that name; nullptr where there is none.
  const ElfSection *findSection(std::string_view name) const;
  /// The relocations that apply to a section, in file order; none where it has no SHT_RELA section.
  /// Errors: a relocation without addend (SHT_REL), a symbol index past the table.
  llvm::Expected<std::vector<ElfRelocation>> relocations(SectionIndex section) const;
  /// The whole file.
  std::span<const uint8_t> bytes() const;

private:
  ElfFile() = default;
  static llvm::Expected<ElfFile> parse(std::unique_ptr<llvm::MemoryBuffer> buffer,
                                       std::string path);

  std::string path_;
  std::unique_ptr<llvm::MemoryBuffer> buffer_;
  uint16_t type_ = 0;
  std::vector<ElfSection> sections_;
  std::vector<ElfSymbol> symbols_;
};

/// Description of the first note of that type with owner "GNU" in a note section's bytes; empty
/// where there is none or the note is malformed.
std::span<const uint8_t> findGnuNote(std::span<const uint8_t> notes, uint32_t type);

/// `R_X86_64_PC32`, ...; `relocation type N` for one that this code does not know.
std::string relocationName(uint32_t type);

} // namespace suture::builder
