// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/elf_file.h"

#include "payload-builder/support/process.h"
#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <elf.h>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

/// An object with a global function that calls an undefined one.
std::string objectBytes() {
  llvm::Expected<TempDir> folder = TempDir::create();
  if (!folder) {
    ADD_FAILURE() << toString(folder.takeError());
    return {};
  }
  const std::string source = folder->path() + "/a.c", object = folder->path() + "/a.o";
  llvm::cantFail(
      writeFile(source, "void g(void);\nstatic int s;\nint *f(void) { g(); return &s; }\n"));
  // The folder was just made and the compiler is what built this test: neither fails.
  llvm::cantFail(runProcess({.arguments = {"clang-19", "-O2", "-fPIE", "-c", source, "-o", object},
                             .directory = "",
                             .environment = {}}));
  return llvm::cantFail(readFile(object));
}

std::string errorOf(std::string bytes) {
  llvm::Expected<ElfFile> file = ElfFile::fromBytes(std::move(bytes), "x.livepatch");
  if (file)
    return "";
  return toString(file.takeError());
}

TEST(ElfFile, ReadsSectionsSymbolsAndRelocations) {
  llvm::Expected<ElfFile> file = ElfFile::fromBytes(objectBytes(), "a.o");
  ASSERT_TRUE(static_cast<bool>(file)) << toString(file.takeError());
  EXPECT_EQ(file->type(), ET_REL);
  const ElfSection *text = file->findSection(".text");
  ASSERT_NE(text, nullptr);
  const SectionIndex index{static_cast<uint32_t>(text - file->sections().data())};
  auto relocations = file->relocations(index);
  ASSERT_TRUE(static_cast<bool>(relocations)) << toString(relocations.takeError());
  ASSERT_FALSE(relocations->empty());
  EXPECT_EQ(file->symbol(relocations->front().symbol).name, "g");
  EXPECT_EQ(relocationName(relocations->front().type), "R_X86_64_PLT32");
  bool found = false;
  for (const ElfSymbol &symbol : file->symbols())
    if (symbol.name == "s") {
      found = true;
      EXPECT_EQ(symbol.file, "a.c");
      EXPECT_EQ(symbol.binding, STB_LOCAL);
    }
  EXPECT_TRUE(found);
}

TEST(ElfFile, RefusesWhatIsEmptyOrNotElf) {
  EXPECT_EQ(errorOf(""), "x.livepatch: is empty");
  EXPECT_EQ(errorOf("#!/bin/sh\nexit 0\n"), "x.livepatch: is not an ELF file");
}

TEST(ElfFile, RefusesEveryTruncation) {
  const std::string whole = objectBytes();
  for (size_t size = 1; size < whole.size(); size += 16)
    EXPECT_NE(errorOf(whole.substr(0, size)), "") << size;
}

TEST(ElfFile, SurvivesEveryCorruptedByte) {
  // The section headers and the symbol table are where an index or offset can point astray.
  const std::string whole = objectBytes();
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string bytes = whole;
    bytes[i] = static_cast<char>(0xff);
    llvm::Expected<ElfFile> file = ElfFile::fromBytes(std::move(bytes), "x");
    if (!file) {
      EXPECT_NE(toString(file.takeError()), "");
      continue;
    }
    for (uint32_t section = 0; section < file->sections().size(); ++section)
      if (auto relocations = file->relocations({section}); !relocations)
        EXPECT_NE(toString(relocations.takeError()), "");
  }
}

TEST(ElfFile, FindsTheBuildIdAndStopsAtAMalformedNote) {
  const std::vector<uint8_t> note = {4, 0, 0,   0,   3,   0, 0, 0, 3, 0,
                                     0, 0, 'G', 'N', 'U', 0, 1, 2, 3, 0};
  const auto id = findGnuNote(note, 3);
  EXPECT_EQ(std::vector<uint8_t>(id.begin(), id.end()), (std::vector<uint8_t>{1, 2, 3}));
  for (size_t size = 0; size < 19; ++size)
    EXPECT_TRUE(findGnuNote(std::span(note).first(size), 3).empty()) << size;
}

} // namespace
} // namespace suture::builder
