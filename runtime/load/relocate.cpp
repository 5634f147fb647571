// SPDX-License-Identifier: Apache-2.0
// With the psABI's letters: S the symbol's value, A the addend, P the address of the place:
//
//   R_X86_64_64            S + A        8 bytes
//   R_X86_64_PC32, PLT32   S + A - P    4 bytes, signed; PLT32 needs no PLT, as nothing is
//   preempted
//
// Anything else is refused by name. Source: psABI x86-64, table 4.9.

#include "runtime/load/relocate.h"

#include "runtime/format/payload.h"

#include <array>
#include <cstring>

namespace suture {
namespace {

constexpr std::array<std::string_view, 43> relocationNames{"R_X86_64_NONE",
                                                           "R_X86_64_64",
                                                           "R_X86_64_PC32",
                                                           "R_X86_64_GOT32",
                                                           "R_X86_64_PLT32",
                                                           "R_X86_64_COPY",
                                                           "R_X86_64_GLOB_DAT",
                                                           "R_X86_64_JUMP_SLOT",
                                                           "R_X86_64_RELATIVE",
                                                           "R_X86_64_GOTPCREL",
                                                           "R_X86_64_32",
                                                           "R_X86_64_32S",
                                                           "R_X86_64_16",
                                                           "R_X86_64_PC16",
                                                           "R_X86_64_8",
                                                           "R_X86_64_PC8",
                                                           "R_X86_64_DTPMOD64",
                                                           "R_X86_64_DTPOFF64",
                                                           "R_X86_64_TPOFF64",
                                                           "R_X86_64_TLSGD",
                                                           "R_X86_64_TLSLD",
                                                           "R_X86_64_DTPOFF32",
                                                           "R_X86_64_GOTTPOFF",
                                                           "R_X86_64_TPOFF32",
                                                           "R_X86_64_PC64",
                                                           "R_X86_64_GOTOFF64",
                                                           "R_X86_64_GOTPC32",
                                                           "R_X86_64_GOT64",
                                                           "R_X86_64_GOTPCREL64",
                                                           "R_X86_64_GOTPC64",
                                                           "R_X86_64_GOTPLT64",
                                                           "R_X86_64_PLTOFF64",
                                                           "R_X86_64_SIZE32",
                                                           "R_X86_64_SIZE64",
                                                           "R_X86_64_GOTPC32_TLSDESC",
                                                           "R_X86_64_TLSDESC_CALL",
                                                           "R_X86_64_TLSDESC",
                                                           "R_X86_64_IRELATIVE",
                                                           "R_X86_64_RELATIVE64",
                                                           "unknown",
                                                           "unknown",
                                                           "R_X86_64_GOTPCRELX",
                                                           "R_X86_64_REX_GOTPCRELX"};

/// One relocation section and the section that it changes, which is loaded.
class SectionRelocator final {
public:
  SectionRelocator(const PlacedSections &sections, std::span<const ResolvedSymbol> symbols,
                   uint32_t index) noexcept
      : sections_(sections), symbols_(symbols), index_(index),
        target_(sections.bytes(sections.file().section(index).info)),
        targetAddress_(sections.address(sections.file().section(index).info)) {}

  [[nodiscard]] Result<> run() const noexcept {
    const ElfFile &file = sections_.file();
    const elf::SectionHeader header = file.section(index_);
    if (header.link != file.symbolTable())
      return failWith({.code = ErrorCode::RelocationLinkWrong,
                       .value = header.link,
                       .allowed = file.symbolTable()});
    if (header.size == 0)
      return {};
    const bool rela = header.type == elf::sectionRela;
    const uint64_t smallest = rela ? sizeof(elf::Rela) : sizeof(elf::Rel);
    if (header.entrySize < smallest)
      return failWith({.code = ErrorCode::RelocationEntryTooSmall,
                       .value = header.entrySize,
                       .allowed = smallest});
    if (header.size % header.entrySize != 0)
      return failWith({.code = ErrorCode::RelocationSizeNotMultiple,
                       .value = header.size,
                       .allowed = header.entrySize});
    if (!rela)
      return failWith({.code = ErrorCode::RelNotSupported});

    const ByteView entries = file.sectionData(index_);
    const uint64_t count = entries.size() / header.entrySize;
    for (uint32_t entry = 0; entry < count; ++entry)
      SUTURE_TRY(apply(entry, *entries.read<elf::Rela>(entry * header.entrySize)));
    return {};
  }

private:
  [[nodiscard]] std::unexpected<Error> failWith(Error error) const noexcept {
    error.section = index_;
    error.subject = {sections_.file().sectionName(index_)};
    return fail(error);
  }

  [[nodiscard]] Result<> apply(uint32_t entry, const elf::Rela &rela) const noexcept {
    const uint32_t symbolIndex = elf::relocationSymbol(rela.info);
    if (symbolIndex == 0)
      return failWith({.code = ErrorCode::RelocationWithoutSymbol, .entry = entry});
    if (symbolIndex >= symbols_.size())
      return failWith({.code = ErrorCode::RelocationSymbolOutOfRange,
                       .entry = entry,
                       .value = symbolIndex,
                       .allowed = symbols_.size()});
    const ResolvedSymbol &symbol = symbols_[symbolIndex];
    if (symbol.notLoaded)
      return failWith({.code = ErrorCode::RelocationSymbolNotLoaded,
                       .entry = entry,
                       .other = {sections_.file().symbolName(symbolIndex)}});

    const uint64_t S = symbol.value;
    const auto A = static_cast<uint64_t>(rela.addend);
    const uint32_t type = elf::relocationType(rela.info);
    switch (type) {
    case static_cast<uint32_t>(format::Relocation::None):
      return {};
    case static_cast<uint32_t>(format::Relocation::Abs64):
      return store(entry, rela.offset, S + A);
    case static_cast<uint32_t>(format::Relocation::Pc32):
    case static_cast<uint32_t>(format::Relocation::Plt32): {
      const uint64_t P = (targetAddress_ + rela.offset).value;
      const uint64_t distance = S + A - P;
      const auto narrow = static_cast<int32_t>(distance);
      if (!fits(rela.offset, sizeof(narrow)))
        return store(entry, rela.offset, narrow);
      if (static_cast<uint64_t>(static_cast<int64_t>(narrow)) != distance)
        return failWith({.code = ErrorCode::RelocationOverflow,
                         .entry = entry,
                         .offset = rela.offset,
                         .value = distance,
                         .other = {sections_.file().symbolName(symbolIndex)}});
      return store(entry, rela.offset, narrow);
    }
    default:
      // Not an enumeration: the number comes from the file.
      return failWith({.code = ErrorCode::RelocationTypeUnsupported,
                       .entry = entry,
                       .offset = rela.offset,
                       .value = type,
                       .other = {relocationName(type)}});
    }
  }

  [[nodiscard]] bool fits(uint64_t offset, uint64_t size) const noexcept {
    const uint64_t length = target_.size();
    return offset < length && size <= length - offset;
  }

  template <typename T>
  [[nodiscard]] Result<> store(uint32_t entry, uint64_t offset, T value) const noexcept {
    if (!fits(offset, sizeof(value)))
      return failWith({.code = ErrorCode::RelocationOffsetOutOfRange,
                       .entry = entry,
                       .offset = offset,
                       .allowed = target_.size()});
    std::memcpy(target_.data() + offset, &value, sizeof(value));
    return {};
  }

  const PlacedSections &sections_;
  std::span<const ResolvedSymbol> symbols_;
  uint32_t index_;
  /// The section that is changed.
  std::span<std::byte> target_;
  HvVirt targetAddress_;
};

} // namespace

Result<> relocate(const PlacedSections &sections,
                  std::span<const ResolvedSymbol> symbols) noexcept {
  const ElfFile &file = sections.file();
  for (uint32_t index = 1; index < file.sectionCount(); ++index) {
    const elf::SectionHeader header = file.section(index);
    if (header.type != elf::sectionRela && header.type != elf::sectionRel)
      continue;
    if (header.info >= file.sectionCount() || !sections.isLoaded(header.info))
      continue;
    SUTURE_TRY((SectionRelocator{sections, symbols, index}.run()));
  }
  return {};
}

std::string_view relocationName(uint32_t type) noexcept {
  return type < relocationNames.size() ? relocationNames[type] : "unknown";
}

} // namespace suture
