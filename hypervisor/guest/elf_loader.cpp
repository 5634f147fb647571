// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/elf_loader.h"

#include <cstring>
#include <elf.h>
#include <optional>

namespace suture::hv {
namespace {

constexpr uint32_t phys32Entry = 18;

struct Segment {
  uint32_t type;
  uint64_t offset, address, fileSize, memorySize;
};

/// The one place that knows both classes of ELF.
struct Headers {
  uint16_t type;
  uint64_t table;
  uint16_t entrySize;
  uint16_t count;
  bool is64;
};

std::expected<Headers, GuestElfError> readHeaders(ByteView file) {
  const auto identification = file.slice(0, EI_NIDENT);
  if (!identification || std::memcmp(identification->bytes().data(), ELFMAG, SELFMAG) != 0)
    return std::unexpected{GuestElfError::NotElf};
  const bool is64 = file.read<uint8_t>(EI_CLASS) == ELFCLASS64;
  if (is64) {
    const auto header = file.read<Elf64_Ehdr>(0);
    if (!header)
      return std::unexpected{GuestElfError::Truncated};
    if (header->e_machine != EM_X86_64)
      return std::unexpected{GuestElfError::NotElf};
    return Headers{header->e_type, header->e_phoff, header->e_phentsize, header->e_phnum, true};
  }
  const auto header = file.read<Elf32_Ehdr>(0);
  if (!header)
    return std::unexpected{GuestElfError::Truncated};
  if (header->e_machine != EM_386)
    return std::unexpected{GuestElfError::NotElf};
  return Headers{header->e_type, header->e_phoff, header->e_phentsize, header->e_phnum, false};
}

std::optional<Segment> readSegment(ByteView file, const Headers &headers, size_t index) {
  const auto raw = file.slice(headers.table, size_t{headers.entrySize} * headers.count);
  if (!raw)
    return std::nullopt;
  const size_t at = index * headers.entrySize;
  if (headers.is64) {
    if (const auto p = raw->read<Elf64_Phdr>(at))
      return Segment{p->p_type, p->p_offset, p->p_paddr, p->p_filesz, p->p_memsz};
  } else if (const auto p = raw->read<Elf32_Phdr>(at)) {
    return Segment{p->p_type, p->p_offset, p->p_paddr, p->p_filesz, p->p_memsz};
  }
  return std::nullopt;
}

std::expected<void, GuestElfError> loadSegment(ByteView file, const Segment &segment,
                                               std::span<std::byte> memory) {
  if (segment.fileSize > segment.memorySize)
    return std::unexpected{GuestElfError::BadSegment};
  if (segment.address > memory.size() || segment.memorySize > memory.size() - segment.address)
    return std::unexpected{GuestElfError::OutsideMemory};
  const auto data = file.slice(segment.offset, segment.fileSize);
  if (!data)
    return std::unexpected{GuestElfError::Truncated};
  auto *to = memory.data() + segment.address;
  std::memcpy(to, data->bytes().data(), segment.fileSize);
  std::memset(to + segment.fileSize, 0, segment.memorySize - segment.fileSize);
  return {};
}

/// The PVH entry among the notes of one segment.
std::optional<GuestPhys> findEntry(ByteView file, const Segment &segment) {
  const auto notes = file.slice(segment.offset, segment.fileSize);
  if (!notes)
    return std::nullopt;
  auto padded = [](size_t size) { return (size + 3) & ~size_t{3}; };
  size_t at = 0;
  while (const auto note = notes->read<Elf64_Nhdr>(at)) {
    const size_t nameAt = at + sizeof(Elf64_Nhdr);
    const size_t dataAt = nameAt + padded(note->n_namesz);
    const auto name = notes->slice(nameAt, note->n_namesz);
    if (name && note->n_namesz == 4 && std::memcmp(name->bytes().data(), "Xen", 4) == 0 &&
        note->n_type == phys32Entry && note->n_descsz >= 4)
      if (const auto entry = notes->read<uint32_t>(dataAt))
        return GuestPhys{*entry};
    at = dataAt + padded(note->n_descsz);
  }
  return std::nullopt;
}

} // namespace

std::expected<GuestPhys, GuestElfError> loadGuestElf(ByteView file, std::span<std::byte> memory) {
  const auto headers = readHeaders(file);
  if (!headers)
    return std::unexpected{headers.error()};
  if (headers->type != ET_EXEC && headers->type != ET_DYN)
    return std::unexpected{GuestElfError::NotExecutable};
  std::optional<GuestPhys> entry;
  for (size_t i = 0; i < headers->count; ++i) {
    const auto segment = readSegment(file, *headers, i);
    if (!segment)
      return std::unexpected{GuestElfError::Truncated};
    if (segment->type == PT_NOTE && !entry)
      entry = findEntry(file, *segment);
    if (segment->type != PT_LOAD)
      continue;
    if (auto loaded = loadSegment(file, *segment, memory); !loaded)
      return std::unexpected{loaded.error()};
  }
  if (!entry)
    return std::unexpected{GuestElfError::NoEntry};
  if (entry->value >= memory.size())
    return std::unexpected{GuestElfError::EntryOutsideMemory};
  return *entry;
}

} // namespace suture::hv
