// SPDX-License-Identifier: Apache-2.0
#pragma once
// A payload file whose headers, section table, string tables and symbol table have been checked.

#include "runtime/elf/byte_view.h"
#include "runtime/elf/elf_types.h"
#include "runtime/error/try.h"

#include <cstdint>
#include <string_view>

namespace suture {

/// A checked view of a relocatable ELF file. Holds no memory: reads from the file's bytes, which
/// must outlive it and not change.
class ElfFile final {
public:
  /// Makes checks 7 to 21 (docs/payload-format.md), in that order.
  /// \param file  the whole payload file, not trusted.
  /// Errors: TooShortForHeader to SymbolNameOutOfRange, without those for memory.
  [[nodiscard]] static Result<ElfFile> open(ByteView file) noexcept;

  /// Sections, number 0 included.
  [[nodiscard]] uint32_t sectionCount() const noexcept { return header_.sectionCount; }
  /// \param index  less than sectionCount().
  [[nodiscard]] elf::SectionHeader section(uint32_t index) const noexcept;
  /// Name of section `index`; empty for number 0.
  [[nodiscard]] std::string_view sectionName(uint32_t index) const noexcept;
  /// The section's bytes in the file; none for NOBITS.
  [[nodiscard]] ByteView sectionData(uint32_t index) const noexcept;
  /// Index of the first section of that name, or 0.
  [[nodiscard]] uint32_t findSection(std::string_view name) const noexcept;

  /// Symbols, number 0 included.
  [[nodiscard]] uint32_t symbolCount() const noexcept { return symbolCount_; }
  /// \param index  less than symbolCount().
  [[nodiscard]] elf::Symbol symbol(uint32_t index) const noexcept;
  [[nodiscard]] std::string_view symbolName(uint32_t index) const noexcept;
  /// Index of the symbol table's section.
  [[nodiscard]] uint32_t symbolTable() const noexcept { return symbolTable_; }

private:
  explicit ElfFile(ByteView file) noexcept : file_(file) {}

  [[nodiscard]] Result<> checkHeader() noexcept;
  [[nodiscard]] Result<> checkIdentity() const noexcept;
  [[nodiscard]] Result<> checkSectionTable() const noexcept;
  [[nodiscard]] Result<> checkSections() noexcept;
  [[nodiscard]] Result<> checkSection(uint32_t index) const noexcept;
  [[nodiscard]] Result<> checkSymbolTable() noexcept;
  [[nodiscard]] Result<> checkNames() noexcept;

  ByteView file_;
  elf::Header header_{};
  ByteView sectionNames_, symbols_, symbolNames_;
  uint32_t symbolTable_ = 0;
  uint32_t symbolCount_ = 0;
  uint64_t symbolEntrySize_ = 0;
};

} // namespace suture
