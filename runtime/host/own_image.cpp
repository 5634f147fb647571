// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/own_image.h"

#include "runtime/elf/byte_view.h"
#include "runtime/elf/elf_types.h"

#include <fstream>
#include <iterator>
#include <string>

#include <link.h>

namespace suture::host {
namespace {

constexpr uint8_t typeMask = 0xf;
constexpr uint8_t typeObject = 1, typeFunction = 2, typeFile = 4;
constexpr uint8_t bindLocal = 0;

/// Where the program was loaded, relative to the addresses in its file.
uint64_t loadBias() {
  uint64_t bias = 0;
  // The first object is the program itself.
  dl_iterate_phdr(
      [](dl_phdr_info *info, size_t, void *out) {
        *static_cast<uint64_t *>(out) = info->dlpi_addr;
        return 1;
      },
      &bias);
  return bias;
}

/// Symbols of one symbol table, in its order (a FILE symbol comes before the file's local ones).
void addSymbols(ByteView table, ByteView names, std::vector<HostSymbol> &out) {
  const uint64_t bias = loadBias();
  std::string file;
  for (uint64_t offset = 0; offset < table.size(); offset += sizeof(elf::Symbol)) {
    const auto symbol = table.read<elf::Symbol>(offset).value_or(elf::Symbol{});
    const std::string name{names.string(symbol.name).value_or("")};
    const uint8_t type = symbol.info & typeMask;
    if (type == typeFile)
      file = name;
    if ((type != typeFunction && type != typeObject) || symbol.section == elf::indexUndefined)
      continue;
    const bool local = symbol.info >> 4 == bindLocal;
    out.push_back({.name = local ? file + "#" + name : name,
                   // NOLINTNEXTLINE(performance-no-int-to-ptr): an address in this program.
                   .address = reinterpret_cast<const void *>(symbol.value + bias),
                   .size = symbol.size,
                   .kind = type == typeFunction ? SymbolKind::Function : SymbolKind::Object});
  }
}

} // namespace

std::vector<HostSymbol> readOwnSymbols() {
  std::ifstream stream{"/proc/self/exe", std::ios::binary};
  const std::string bytes{std::istreambuf_iterator<char>{stream}, {}};
  const ByteView file{std::as_bytes(std::span{bytes})};
  const auto header = file.read<elf::Header>(0).value_or(elf::Header{});
  auto section = [&](uint32_t index) {
    return file.read<elf::SectionHeader>(header.sectionHeaders + index * sizeof(elf::SectionHeader))
        .value_or(elf::SectionHeader{});
  };
  std::vector<HostSymbol> symbols;
  for (uint32_t index = 0; index < header.sectionCount; ++index) {
    const elf::SectionHeader table = section(index);
    if (table.type != elf::sectionSymbolTable)
      continue;
    const elf::SectionHeader names = section(table.link);
    addSymbols(file.slice(table.offset, table.size).value_or(ByteView{}),
               file.slice(names.offset, names.size).value_or(ByteView{}), symbols);
  }
  return symbols;
}

HostImage makeOwnImage(std::span<const std::byte> text, std::vector<uint8_t> buildId) {
  return {.text = text, .symbols = readOwnSymbols(), .buildId = std::move(buildId)};
}

} // namespace suture::host
