// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/elf_file.h"

#include <array>
#include <bit>
#include <cstring>
#include <gelf.h>
#include <libelf.h>

namespace suture::builder {

namespace {

struct ElfEnd {
  void operator()(Elf *elf) const { ::elf_end(elf); }
};
using ElfHandle = std::unique_ptr<Elf, ElfEnd>;

llvm::Error bad(const std::string &path, const std::string &why) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), "%s: %s", path.c_str(),
                                 why.c_str());
}

llvm::Error libelfError(const std::string &path, const std::string &what) {
  const char *message = ::elf_errmsg(-1);
  return bad(path, what + ": " + (message != nullptr ? message : "malformed"));
}

llvm::Error checkIdentity(const std::string &path, std::span<const uint8_t> bytes) {
  if (bytes.empty())
    return bad(path, "is empty");
  if (bytes.size() < SELFMAG || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0)
    return bad(path, "is not an ELF file");
  if (bytes.size() < sizeof(Elf64_Ehdr))
    return bad(path, "is cut short: " + std::to_string(bytes.size()) +
                         " bytes do not hold an ELF header");
  if (bytes[EI_CLASS] != ELFCLASS64 || bytes[EI_DATA] != ELFDATA2LSB)
    return bad(path, "is not a 64-bit little-endian ELF file");
  // libelf takes a section table past the end for none at all.
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const uint64_t tableSize = uint64_t{header.e_shnum} * sizeof(Elf64_Shdr);
  if (header.e_shoff > bytes.size() || tableSize > bytes.size() - header.e_shoff)
    return bad(path, "is cut short: the section table reaches past its end");
  return llvm::Error::success();
}

llvm::Expected<ElfSection> readSection(Elf *elf, Elf_Scn *scn, size_t names,
                                       const std::string &path, std::span<const uint8_t> file) {
  GElf_Shdr header;
  if (::gelf_getshdr(scn, &header) == nullptr)
    return libelfError(path, "section header " + std::to_string(::elf_ndxscn(scn)));
  const char *name = ::elf_strptr(elf, names, header.sh_name);
  if (name == nullptr)
    return libelfError(path, "name of section " + std::to_string(::elf_ndxscn(scn)));
  ElfSection section{.name = name,
                     .type = header.sh_type,
                     .flags = header.sh_flags,
                     .address = header.sh_addr,
                     .size = header.sh_size,
                     .alignment = header.sh_addralign,
                     .entrySize = header.sh_entsize,
                     .link = header.sh_link,
                     .info = header.sh_info,
                     .bytes = {}};
  if (header.sh_type == SHT_NOBITS || header.sh_type == SHT_NULL)
    return section;
  if (header.sh_offset > file.size() || header.sh_size > file.size() - header.sh_offset)
    return bad(path,
               "is cut short: section " + std::string(section.name) + " reaches past its end");
  section.bytes = file.subspan(header.sh_offset, header.sh_size);
  return section;
}

const ElfSection *findOfType(std::span<const ElfSection> sections, uint32_t type) {
  for (const ElfSection &section : sections)
    if (section.type == type)
      return &section;
  return nullptr;
}

/// A NUL-terminated string in a string table; nullptr where it reaches past the table.
const char *stringAt(std::span<const uint8_t> table, uint64_t offset) {
  if (offset >= table.size() ||
      std::memchr(table.data() + offset, 0, table.size() - offset) == nullptr)
    return nullptr;
  return std::bit_cast<const char *>(table.data() + offset);
}

llvm::Expected<std::vector<ElfSymbol>> readSymbols(std::span<const ElfSection> sections,
                                                   const std::string &path) {
  std::vector<ElfSymbol> result;
  const ElfSection *table = findOfType(sections, SHT_SYMTAB);
  if (table == nullptr)
    return result;
  if (table->link >= sections.size() || table->bytes.size() % sizeof(Elf64_Sym) != 0)
    return bad(path, "has a malformed symbol table");
  const auto strings = sections[table->link].bytes;
  const ElfSection *extended = findOfType(sections, SHT_SYMTAB_SHNDX);
  result.reserve(table->bytes.size() / sizeof(Elf64_Sym));
  std::string_view file;
  for (size_t offset = 0; offset < table->bytes.size(); offset += sizeof(Elf64_Sym)) {
    Elf64_Sym raw;
    std::memcpy(&raw, table->bytes.data() + offset, sizeof raw);
    const size_t index = offset / sizeof raw;
    const char *name = raw.st_name == 0 ? "" : stringAt(strings, raw.st_name);
    if (name == nullptr)
      return bad(path, "name of symbol " + std::to_string(index) + " lies outside its table");
    uint32_t section = raw.st_shndx;
    if (section == SHN_XINDEX && extended != nullptr &&
        extended->bytes.size() >= (index + 1) * sizeof section)
      std::memcpy(&section, extended->bytes.data() + index * sizeof section, sizeof section);
    if (section >= sections.size() && section != SHN_ABS && section != SHN_COMMON)
      return bad(path, "symbol " + std::to_string(index) + " lies in section " +
                           std::to_string(section) + ", which is not there");
    const auto binding = static_cast<uint8_t>(ELF64_ST_BIND(raw.st_info));
    const auto type = static_cast<uint8_t>(ELF64_ST_TYPE(raw.st_info));
    if (type == STT_FILE)
      file = name;
    result.push_back({.name = name,
                      .value = raw.st_value,
                      .size = raw.st_size,
                      .type = type,
                      .binding = binding,
                      .visibility = static_cast<uint8_t>(ELF64_ST_VISIBILITY(raw.st_other)),
                      .section = section,
                      .file = binding == STB_LOCAL ? file : std::string_view()});
  }
  return result;
}

} // namespace

llvm::Expected<ElfFile> ElfFile::open(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return llvm::createFileError(path, buffer.getError());
  return parse(std::move(*buffer), path);
}

llvm::Expected<ElfFile> ElfFile::fromBytes(std::string bytes, const std::string &name) {
  return parse(llvm::MemoryBuffer::getMemBufferCopy(bytes, name), name);
}

std::span<const uint8_t> ElfFile::bytes() const {
  return {std::bit_cast<const uint8_t *>(buffer_->getBufferStart()), buffer_->getBufferSize()};
}

llvm::Expected<ElfFile> ElfFile::parse(std::unique_ptr<llvm::MemoryBuffer> buffer,
                                       std::string path) {
  ElfFile result;
  result.path_ = std::move(path);
  result.buffer_ = std::move(buffer);
  const std::span<const uint8_t> bytes = result.bytes();
  if (llvm::Error error = checkIdentity(result.path_, bytes))
    return error;
  ::elf_version(EV_CURRENT);
  // libelf's interface is not const; with elf_memory it only reads.
  const ElfHandle elf(
      ::elf_memory(const_cast<char *>(result.buffer_->getBufferStart()), bytes.size()));
  GElf_Ehdr header;
  if (elf == nullptr || ::gelf_getehdr(elf.get(), &header) == nullptr)
    return libelfError(result.path_, "ELF header");
  if (header.e_machine != EM_X86_64)
    return bad(result.path_,
               "is for machine " + std::to_string(header.e_machine) + ", not for x86-64 (62)");
  result.type_ = header.e_type;
  size_t names = 0, count = 0;
  if (::elf_getshdrstrndx(elf.get(), &names) != 0 || ::elf_getshdrnum(elf.get(), &count) != 0)
    return libelfError(result.path_, "section table");
  for (size_t i = 0; i < count; ++i) {
    Elf_Scn *scn = ::elf_getscn(elf.get(), i);
    if (scn == nullptr)
      return libelfError(result.path_, "section header " + std::to_string(i));
    if (i == 0) {
      result.sections_.emplace_back();
      continue;
    }
    auto section = readSection(elf.get(), scn, names, result.path_, bytes);
    if (!section)
      return section.takeError();
    result.sections_.push_back(*section);
  }
  auto symbols = readSymbols(result.sections_, result.path_);
  if (!symbols)
    return symbols.takeError();
  result.symbols_ = std::move(*symbols);
  return result;
}

const ElfSection *ElfFile::findSection(std::string_view name) const {
  for (const ElfSection &section : sections_)
    if (section.name == name)
      return &section;
  return nullptr;
}

llvm::Expected<std::vector<ElfRelocation>> ElfFile::relocations(SectionIndex index) const {
  std::vector<ElfRelocation> result;
  for (const ElfSection &section : sections_) {
    if (section.info != index.value || (section.type != SHT_RELA && section.type != SHT_REL))
      continue;
    if (section.type == SHT_REL || section.bytes.size() % sizeof(Elf64_Rela) != 0)
      return bad(path_, "relocations of section " + std::string(sections_[index.value].name) +
                            " are malformed");
    for (size_t offset = 0; offset < section.bytes.size(); offset += sizeof(Elf64_Rela)) {
      Elf64_Rela raw;
      std::memcpy(&raw, section.bytes.data() + offset, sizeof raw);
      if (ELF64_R_SYM(raw.r_info) >= symbols_.size())
        return bad(path_, "a relocation of section " + std::string(sections_[index.value].name) +
                              " names symbol " + std::to_string(ELF64_R_SYM(raw.r_info)) +
                              ", which is not there");
      result.push_back({.offset = raw.r_offset,
                        .type = static_cast<uint32_t>(ELF64_R_TYPE(raw.r_info)),
                        .symbol = {static_cast<uint32_t>(ELF64_R_SYM(raw.r_info))},
                        .addend = raw.r_addend});
    }
  }
  return result;
}

std::span<const uint8_t> findGnuNote(std::span<const uint8_t> notes, uint32_t type) {
  while (notes.size() >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr header;
    std::memcpy(&header, notes.data(), sizeof header);
    const uint64_t nameSize = (uint64_t{header.n_namesz} + 3) & ~uint64_t{3};
    const uint64_t descriptionSize = (uint64_t{header.n_descsz} + 3) & ~uint64_t{3};
    notes = notes.subspan(sizeof header);
    if (nameSize > notes.size() || header.n_descsz > notes.size() - nameSize)
      return {};
    if (header.n_type == type && header.n_namesz == 4 && std::memcmp(notes.data(), "GNU", 4) == 0)
      return notes.subspan(nameSize, header.n_descsz);
    if (descriptionSize > notes.size() - nameSize)
      return {};
    notes = notes.subspan(nameSize + descriptionSize);
  }
  return {};
}

std::string relocationName(uint32_t type) {
  // Source: System V psABI x86-64, table 4.9.
  static constexpr std::array<const char *, 43> names = {
      "NONE",         "64",        "PC32",         "GOT32",      "PLT32",
      "COPY",         "GLOB_DAT",  "JUMP_SLOT",    "RELATIVE",   "GOTPCREL",
      "32",           "32S",       "16",           "PC16",       "8",
      "PC8",          "DTPMOD64",  "DTPOFF64",     "TPOFF64",    "TLSGD",
      "TLSLD",        "DTPOFF32",  "GOTTPOFF",     "TPOFF32",    "PC64",
      "GOTOFF64",     "GOTPC32",   "GOT64",        "GOTPCREL64", "GOTPC64",
      "GOTPLT64",     "PLTOFF64",  "SIZE32",       "SIZE64",     "GOTPC32_TLSDESC",
      "TLSDESC_CALL", "TLSDESC",   "IRELATIVE",    "RELATIVE64", "PC32_BND",
      "PLT32_BND",    "GOTPCRELX", "REX_GOTPCRELX"};
  if (type >= names.size())
    return "relocation type " + std::to_string(type);
  return std::string("R_X86_64_") + names[type];
}

} // namespace suture::builder
