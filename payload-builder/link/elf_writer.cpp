// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/link/elf_writer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <elf.h>
#include <span>

namespace suture::builder {

namespace {

/// NUL-separated names; offset 0 is "".
class StringTable final {
public:
  uint32_t add(const std::string &name) {
    if (name.empty())
      return 0;
    const auto offset = static_cast<uint32_t>(bytes_.size());
    bytes_.append(name).push_back('\0');
    return offset;
  }
  const std::string &bytes() const { return bytes_; }

private:
  std::string bytes_ = std::string(1, '\0');
};

template <typename T> void appendRaw(std::string &out, const T &value) {
  const auto raw = std::bit_cast<std::array<char, sizeof(T)>>(value);
  out.append(raw.data(), raw.size());
}

class Writer final {
public:
  explicit Writer(const RelocatableFile &file) : file_(file) {}

  std::string write() {
    out_.assign(sizeof(Elf64_Ehdr), '\0');
    headers_.push_back({});
    orderSymbols();
    for (const OutputSection &section : file_.sections)
      writeSection(section);
    const auto symbolTable =
        static_cast<uint32_t>(relocationSections() + file_.sections.size() + 1);
    for (uint32_t i = 0; i < file_.sections.size(); ++i)
      writeRelocations(i, symbolTable);
    writeSymbols(symbolTable + 1);
    appendTable(".strtab", strings_.bytes());
    const uint32_t name = sectionNames_.add(".shstrtab");
    place(name, SHT_STRTAB, 1, sectionNames_.bytes());
    writeHeaders();
    return std::move(out_);
  }

private:
  void align(uint64_t alignment) {
    out_.resize((out_.size() + alignment - 1) / alignment * alignment, '\0');
  }

  Elf64_Shdr &place(uint32_t name, uint32_t type, uint64_t alignment, std::string_view bytes) {
    align(alignment);
    Elf64_Shdr header{};
    header.sh_name = name;
    header.sh_type = type;
    header.sh_offset = out_.size();
    header.sh_size = bytes.size();
    header.sh_addralign = alignment;
    out_.append(bytes);
    headers_.push_back(header);
    return headers_.back();
  }

  void appendTable(const std::string &name, const std::string &bytes) {
    place(sectionNames_.add(name), SHT_STRTAB, 1, bytes);
  }

  size_t relocationSections() const {
    return static_cast<size_t>(std::ranges::count_if(
        file_.sections, [](const OutputSection &section) { return !section.relocations.empty(); }));
  }

  void orderSymbols() {
    positions_.resize(file_.symbols.size());
    uint32_t next = 1;
    for (const bool wantLocal : {true, false}) {
      for (size_t i = 0; i < file_.symbols.size(); ++i)
        if ((file_.symbols[i].binding == STB_LOCAL) == wantLocal) {
          positions_[i] = next++;
          order_.push_back(i);
        }
      if (wantLocal)
        firstGlobal_ = next;
    }
  }

  void writeSection(const OutputSection &section) {
    const std::string_view bytes(std::bit_cast<const char *>(section.bytes.data()),
                                 section.bytes.size());
    Elf64_Shdr &header =
        place(sectionNames_.add(section.name), section.type, section.alignment, bytes);
    header.sh_flags = section.flags;
    if (section.type == SHT_NOBITS)
      header.sh_size = section.zeroSize;
  }

  void writeRelocations(uint32_t index, uint32_t symbolTable) {
    const OutputSection &section = file_.sections[index];
    if (section.relocations.empty())
      return;
    std::string bytes;
    for (const OutputRelocation &relocation : section.relocations) {
      Elf64_Rela raw{};
      raw.r_offset = relocation.offset;
      raw.r_info = ELF64_R_INFO(uint64_t{positions_[relocation.symbol.value]}, relocation.type);
      raw.r_addend = relocation.addend;
      appendRaw(bytes, raw);
    }
    Elf64_Shdr &header = place(sectionNames_.add(".rela" + section.name), SHT_RELA, 8, bytes);
    header.sh_flags = SHF_INFO_LINK;
    header.sh_link = symbolTable;
    header.sh_info = index + 1;
    header.sh_entsize = sizeof(Elf64_Rela);
  }

  void writeSymbols(uint32_t stringTable) {
    std::string bytes(sizeof(Elf64_Sym), '\0');
    for (const size_t index : order_) {
      const OutputSymbol &symbol = file_.symbols[index];
      Elf64_Sym raw{};
      raw.st_name = strings_.add(symbol.name);
      raw.st_info = static_cast<unsigned char>(ELF64_ST_INFO(symbol.binding, symbol.type));
      raw.st_shndx = symbol.section;
      raw.st_value = symbol.value;
      raw.st_size = symbol.size;
      appendRaw(bytes, raw);
    }
    Elf64_Shdr &header = place(sectionNames_.add(".symtab"), SHT_SYMTAB, 8, bytes);
    header.sh_link = stringTable;
    header.sh_info = firstGlobal_;
    header.sh_entsize = sizeof(Elf64_Sym);
  }

  void writeHeaders() {
    align(8);
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_REL;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_shoff = out_.size();
    header.e_ehsize = sizeof header;
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = static_cast<Elf64_Half>(headers_.size());
    header.e_shstrndx = static_cast<Elf64_Half>(headers_.size() - 1);
    std::memcpy(out_.data(), &header, sizeof header);
    for (const Elf64_Shdr &section : headers_)
      appendRaw(out_, section);
  }

  const RelocatableFile &file_;
  std::string out_;
  std::vector<Elf64_Shdr> headers_;
  StringTable sectionNames_, strings_;
  /// By index into file_.symbols: place in the table; and the reverse.
  std::vector<uint32_t> positions_;
  std::vector<size_t> order_;
  uint32_t firstGlobal_ = 1;
};

} // namespace

std::string writeRelocatable(const RelocatableFile &file) { return Writer(file).write(); }

std::vector<uint8_t> gnuNote(uint32_t type, const std::vector<uint8_t> &description) {
  Elf64_Nhdr header{};
  header.n_namesz = 4;
  header.n_descsz = static_cast<Elf64_Word>(description.size());
  header.n_type = type;
  std::vector<uint8_t> bytes(sizeof header);
  std::memcpy(bytes.data(), &header, sizeof header);
  bytes.insert(bytes.end(), {'G', 'N', 'U', 0});
  bytes.insert(bytes.end(), description.begin(), description.end());
  bytes.resize((bytes.size() + 3) / 4 * 4, 0);
  return bytes;
}

} // namespace suture::builder
