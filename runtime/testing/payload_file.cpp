// SPDX-License-Identifier: Apache-2.0
#include "runtime/testing/payload_file.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace suture::testing {
namespace {

template <typename T> std::vector<uint8_t> bytesOf(const T &value) {
  std::vector<uint8_t> bytes(sizeof(T));
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

void append(std::vector<uint8_t> &to, std::span<const uint8_t> bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

/// A string table under construction: starts with the empty string.
struct Strings {
  std::vector<uint8_t> data{0};
  uint32_t add(std::string_view text) {
    if (text.empty())
      return 0;
    const auto offset = static_cast<uint32_t>(data.size());
    data.insert(data.end(), text.begin(), text.end());
    data.push_back(0);
    return offset;
  }
};

constexpr uint64_t allocFlag = elf::flagAlloc;
constexpr uint64_t codeFlags = elf::flagAlloc | elf::flagExecute;

} // namespace

std::vector<uint8_t> PayloadFile::buildIdOf(uint64_t seed) {
  std::vector<uint8_t> id(20, 0x5e);
  std::memcpy(id.data(), &seed, sizeof(seed));
  return id;
}

std::vector<uint8_t> PayloadFile::note(std::span<const uint8_t> id) {
  const elf::NoteHeader header{.nameSize = 4,
                               .descriptionSize = static_cast<uint32_t>(id.size()),
                               .type = format::noteGnuBuildId};
  std::vector<uint8_t> bytes = bytesOf(header);
  append(bytes, std::vector<uint8_t>{'G', 'N', 'U', 0});
  append(bytes, id);
  return bytes;
}

PayloadFile::PayloadFile(std::span<const uint8_t> hypervisor, std::span<const uint8_t> depends,
                         uint64_t seed) {
  auto addNote = [this](const char *name, std::span<const uint8_t> id) {
    addSection({.name = name, .type = 7, .flags = allocFlag, .data = note(id), .alignment = 4});
  };
  addNote(format::section::xenDepends, hypervisor);
  addNote(format::section::depends, depends);
  addNote(format::section::buildId, buildIdOf(seed));
}

uint16_t PayloadFile::addSection(FileSection section) {
  sections_.push_back(std::move(section));
  return static_cast<uint16_t>(sections_.size());
}

uint16_t PayloadFile::indexOf(std::string_view name) const {
  for (size_t index = 0; index < sections_.size(); ++index)
    if (sections_[index].name == name)
      return static_cast<uint16_t>(index + 1);
  return 0;
}

FileSection &PayloadFile::section(std::string_view name) {
  const uint16_t index = indexOf(name);
  if (index == 0)
    throw std::out_of_range("no section " + std::string(name));
  return sections_[index - 1u];
}

void PayloadFile::removeSection(std::string_view name) {
  // The place stays, so that indices hold; the name and what it would be loaded as go.
  FileSection &gone = section(name);
  gone = {.name = ".gone", .data = {}, .relocations = {}};
}

FileSection &PayloadFile::sectionOrNew(std::string_view name, uint64_t flags, uint64_t alignment) {
  if (indexOf(name) == 0)
    addSection({.name = std::string(name), .flags = flags, .data = {}, .alignment = alignment});
  return section(name);
}

uint32_t PayloadFile::addSymbol(FileSymbol symbol) {
  symbols_.push_back(std::move(symbol));
  return static_cast<uint32_t>(symbols_.size() - 1);
}

uint32_t PayloadFile::sectionSymbol(uint16_t section) {
  constexpr uint8_t sectionType = 3;
  for (uint32_t index = 1; index < symbols_.size(); ++index)
    if (symbols_[index].section == section && symbols_[index].info == sectionType)
      return index;
  return addSymbol({.name = "", .section = section, .info = sectionType});
}

void PayloadFile::addFunction(const FileFunction &function) {
  std::vector<uint8_t> &text = sectionOrNew(".text", codeFlags, 16).data;
  const uint64_t codeOffset = text.size();
  append(text, function.code);
  text.resize((text.size() + 15) / 16 * 16, 0xcc);

  std::vector<uint8_t> &names = sectionOrNew(".rodata.str", allocFlag, 1).data;
  const uint64_t nameOffset = names.size();
  names.insert(names.end(), function.name.begin(), function.name.end());
  names.push_back(0);

  format::LivepatchFunc entry{};
  entry.oldAddress = function.oldAddress;
  entry.oldSize = function.oldSize;
  entry.newSize =
      function.code.empty() ? function.nopSize : static_cast<uint32_t>(function.code.size());
  entry.version = function.version;
  entry.expectation = function.expectation;
  const uint32_t textSymbol = sectionSymbol(indexOf(".text"));
  const uint32_t nameSymbol = sectionSymbol(indexOf(".rodata.str"));

  FileSection &funcs = sectionOrNew(format::section::funcs, allocFlag, 8);
  const uint64_t offset = funcs.data.size();
  append(funcs.data, bytesOf(entry));
  if (!function.name.empty())
    funcs.relocations.push_back(
        {.offset = offset, .symbol = nameSymbol, .addend = static_cast<int64_t>(nameOffset)});
  if (!function.code.empty())
    funcs.relocations.push_back({.offset = offset + offsetof(format::LivepatchFunc, newAddress),
                                 .symbol = textSymbol,
                                 .addend = static_cast<int64_t>(codeOffset)});
}

uint64_t PayloadFile::addHook(std::string_view hookSection) {
  std::vector<uint8_t> &text = sectionOrNew(".text", codeFlags, 16).data;
  const uint64_t offset = text.size();
  append(text, std::vector<uint8_t>{0x31, 0xc0, 0xc3}); // xor %eax,%eax; ret
  text.resize((text.size() + 15) / 16 * 16, 0xcc);
  const uint32_t textSymbol = sectionSymbol(indexOf(".text"));
  FileSection &hooks = sectionOrNew(hookSection, allocFlag, 8);
  hooks.relocations.push_back(
      {.offset = hooks.data.size(), .symbol = textSymbol, .addend = static_cast<int64_t>(offset)});
  hooks.data.resize(hooks.data.size() + 8);
  return offset;
}

std::vector<std::byte> PayloadFile::build() const {
  struct Row {
    elf::SectionHeader header{};
    std::vector<uint8_t> data;
  };
  std::vector<Row> rows(1);
  Strings sectionNames, symbolNames;
  const auto symbolTableIndex = static_cast<uint32_t>(sections_.size() + 1);

  for (const FileSection &section : sections_) {
    Row row{.data = section.data};
    row.header = {.name = sectionNames.add(section.name),
                  .type = section.type,
                  .flags = section.flags,
                  .address = section.address,
                  .size =
                      section.type == elf::sectionNobits ? section.nobitsSize : section.data.size(),
                  .alignment = section.alignment};
    rows.push_back(std::move(row));
  }

  Row symbolTable;
  for (const FileSymbol &symbol : symbols_)
    append(symbolTable.data, bytesOf(elf::Symbol{.name = symbolNames.add(symbol.name),
                                                 .info = symbol.info,
                                                 .other = 0,
                                                 .section = symbol.section,
                                                 .value = symbol.value,
                                                 .size = symbol.size}));
  symbolTable.header = {.name = sectionNames.add(".symtab"),
                        .type = elf::sectionSymbolTable,
                        .size = symbolTable.data.size(),
                        .link = symbolTableIndex + 1,
                        .alignment = 8,
                        .entrySize = sizeof(elf::Symbol)};
  rows.push_back(std::move(symbolTable));
  Row symbolStrings{.data = symbolNames.data};
  symbolStrings.header = {.name = sectionNames.add(".strtab"),
                          .type = elf::sectionStringTable,
                          .size = symbolNames.data.size(),
                          .alignment = 1};
  rows.push_back(std::move(symbolStrings));

  for (uint32_t index = 0; index < sections_.size(); ++index) {
    if (sections_[index].relocations.empty())
      continue;
    Row row;
    for (const FileRelocation &relocation : sections_[index].relocations)
      append(row.data,
             bytesOf(elf::Rela{.offset = relocation.offset,
                               .info = uint64_t{relocation.symbol} << 32 | relocation.type,
                               .addend = relocation.addend}));
    row.header = {.name = sectionNames.add(".rela" + sections_[index].name),
                  .type = elf::sectionRela,
                  .size = row.data.size(),
                  .link = symbolTableIndex,
                  .info = index + 1,
                  .alignment = 8,
                  .entrySize = sizeof(elf::Rela)};
    rows.push_back(std::move(row));
  }

  Row names;
  names.header = {
      .name = sectionNames.add(".shstrtab"), .type = elf::sectionStringTable, .alignment = 1};
  names.data = sectionNames.data;
  names.header.size = names.data.size();
  rows.push_back(std::move(names));

  // header | data of each section | section table
  std::vector<uint8_t> file(sizeof(elf::Header));
  for (Row &row : rows) {
    const uint64_t alignment = std::clamp<uint64_t>(row.header.alignment, 1, 16);
    file.resize((file.size() + alignment - 1) / alignment * alignment);
    row.header.offset = file.size();
    if (row.header.type != elf::sectionNobits)
      append(file, row.data);
  }
  file.resize((file.size() + 7) / 8 * 8);
  elf::Header header{};
  std::ranges::copy(elf::magic, header.ident);
  header.ident[elf::identClass] = elf::class64;
  header.ident[elf::identData] = elf::dataLittleEndian;
  header.ident[elf::identVersion] = elf::versionCurrent;
  header.type = elf::typeRelocatable;
  header.machine = elf::machineX86_64;
  header.version = elf::versionCurrent;
  header.sectionHeaders = file.size();
  header.headerSize = sizeof(elf::Header);
  header.sectionHeaderSize = sizeof(elf::SectionHeader);
  header.sectionCount = static_cast<uint16_t>(rows.size());
  header.sectionNameIndex = static_cast<uint16_t>(rows.size() - 1);
  std::memcpy(file.data(), &header, sizeof(header));
  rows[0].header = {};
  for (const Row &row : rows)
    append(file, bytesOf(row.header));

  std::vector<std::byte> bytes(file.size());
  std::memcpy(bytes.data(), file.data(), file.size());
  return bytes;
}

size_t sectionHeaderOffset(std::span<const std::byte> file, uint32_t index) {
  elf::Header header;
  std::memcpy(&header, file.data(), sizeof(header));
  return header.sectionHeaders + index * size_t{header.sectionHeaderSize};
}

} // namespace suture::testing
