// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/link/elf_writer.h"

#include "payload-builder/support/elf_file.h"

#include <elf.h>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

RelocatableFile smallFile() {
  RelocatableFile file;
  file.sections.push_back({.name = ".text",
                           .type = SHT_PROGBITS,
                           .flags = SHF_ALLOC | SHF_EXECINSTR,
                           .alignment = 16,
                           .bytes = {0xe8, 0, 0, 0, 0, 0xc3},
                           .zeroSize = 0,
                           .relocations = {{1, R_X86_64_PLT32, {0}, -4}}});
  file.sections.push_back({.name = ".bss",
                           .type = SHT_NOBITS,
                           .flags = SHF_ALLOC | SHF_WRITE,
                           .alignment = 8,
                           .bytes = {},
                           .zeroSize = 24,
                           .relocations = {}});
  file.symbols = {{"callee", 0, 0, STT_NOTYPE, STB_GLOBAL, SHN_UNDEF},
                  {"caller", 0, 6, STT_FUNC, STB_LOCAL, 1},
                  {"fixed", 0x1234, 0, STT_NOTYPE, STB_LOCAL, SHN_ABS}};
  return file;
}

ElfFile read(const RelocatableFile &file) {
  auto result = ElfFile::fromBytes(writeRelocatable(file), "written");
  if (!result)
    throw std::runtime_error(toString(result.takeError()));
  return std::move(*result);
}

TEST(ElfWriter, LocalSymbolsComeFirstAndRelocationsFollowThem) {
  const ElfFile file = read(smallFile());
  EXPECT_EQ(file.type(), ET_REL);
  const auto symbols = file.symbols();
  ASSERT_EQ(symbols.size(), 4u);
  EXPECT_EQ(symbols[1].name, "caller");
  EXPECT_EQ(symbols[2].name, "fixed");
  EXPECT_EQ(symbols[2].section, uint32_t{SHN_ABS});
  EXPECT_EQ(symbols[3].name, "callee");
  const ElfSection *table = file.findSection(".symtab");
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->info, 3u) << "index of the first global symbol";
  const auto relocations = llvm::cantFail(file.relocations({1}));
  ASSERT_EQ(relocations.size(), 1u);
  EXPECT_EQ(file.symbol(relocations[0].symbol).name, "callee");
  EXPECT_EQ(relocations[0].addend, -4);
}

TEST(ElfWriter, ZeroedMemoryTakesNoRoomInTheFile) {
  RelocatableFile file = smallFile();
  const size_t before = writeRelocatable(file).size();
  file.sections[1].zeroSize = 1 << 20;
  EXPECT_EQ(writeRelocatable(file).size(), before);
  EXPECT_EQ(read(file).findSection(".bss")->size, 1u << 20);
}

TEST(ElfWriter, TheSameFileGivesTheSameBytes) {
  EXPECT_EQ(writeRelocatable(smallFile()), writeRelocatable(smallFile()));
}

TEST(ElfWriter, ANoteIsReadBack) {
  const std::vector<uint8_t> id = {1, 2, 3, 4, 5};
  const auto note = gnuNote(NT_GNU_BUILD_ID, id);
  EXPECT_EQ(note.size() % 4, 0u);
  const auto found = findGnuNote(note, NT_GNU_BUILD_ID);
  EXPECT_EQ(std::vector<uint8_t>(found.begin(), found.end()), id);
}

} // namespace
} // namespace suture::builder
