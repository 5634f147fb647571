// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/elf_loader.h"

#include <cstring>
#include <elf.h>
#include <gtest/gtest.h>
#include <vector>

namespace suture::hv {
namespace {

/// A guest with one segment of 8 bytes at 0x1000, 16 in memory, and an entry note.
struct Guest {
  Elf64_Ehdr header{};
  Elf64_Phdr segments[2]{};
  struct {
    Elf64_Nhdr note{4, 4, 18};
    char name[4] = "Xen";
    uint32_t entry = 0x1004;
  } note;
  char code[8] = {'c', 'o', 'd', 'e', 'c', 'o', 'd', 'e'};

  Guest() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_type = ET_EXEC;
    header.e_machine = EM_X86_64;
    header.e_phoff = offsetof(Guest, segments);
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 2;
    segments[0] = {PT_LOAD, PF_R, offsetof(Guest, code), 0xffff, 0x1000, 8, 16, 1};
    segments[1] = {PT_NOTE, PF_R, offsetof(Guest, note), 0, 0, sizeof(note), sizeof(note), 4};
  }
  ByteView view() const { return ByteView{std::as_bytes(std::span{this, 1})}; }
};

struct Memory {
  std::vector<std::byte> bytes = std::vector<std::byte>(0x2000, std::byte{0xff});
};

TEST(LoadGuestElf, PutsSegmentsAtTheirPhysicalAddress) {
  Guest guest;
  Memory memory;
  auto entry = loadGuestElf(guest.view(), memory.bytes);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->value, 0x1004u);
  EXPECT_EQ(std::memcmp(&memory.bytes[0x1000], "codecode\0\0\0\0\0\0\0\0", 16), 0);
  EXPECT_EQ(memory.bytes[0x1010], std::byte{0xff});
  EXPECT_EQ(memory.bytes[0xfff], std::byte{0xff});
}

TEST(LoadGuestElf, RefusesWhatIsNotElf) {
  Guest guest;
  Memory memory;
  guest.header.e_ident[0] = 'x';
  EXPECT_EQ(loadGuestElf(guest.view(), memory.bytes).error(), GuestElfError::NotElf);
  EXPECT_EQ(loadGuestElf(ByteView{}, memory.bytes).error(), GuestElfError::NotElf);
}

TEST(LoadGuestElf, RefusesAnotherMachine) {
  Guest guest;
  Memory memory;
  guest.header.e_machine = EM_AARCH64;
  EXPECT_EQ(loadGuestElf(guest.view(), memory.bytes).error(), GuestElfError::NotElf);
}

TEST(LoadGuestElf, RefusesARelocatableFile) {
  Guest guest;
  Memory memory;
  guest.header.e_type = ET_REL;
  EXPECT_EQ(loadGuestElf(guest.view(), memory.bytes).error(), GuestElfError::NotExecutable);
}

TEST(LoadGuestElf, RefusesASegmentOutsideOfMemory) {
  Memory memory;
  for (uint64_t address : {uint64_t{0x1ff1}, uint64_t{0x2000}, ~uint64_t{0}}) {
    Guest guest;
    guest.segments[0].p_paddr = address;
    EXPECT_EQ(loadGuestElf(guest.view(), memory.bytes).error(), GuestElfError::OutsideMemory);
  }
}

TEST(LoadGuestElf, RefusesASegmentLargerInTheFileThanInMemory) {
  Guest guest;
  Memory memory;
  guest.segments[0].p_filesz = 17;
  EXPECT_EQ(loadGuestElf(guest.view(), memory.bytes).error(), GuestElfError::BadSegment);
}

TEST(LoadGuestElf, RefusesAnEntryOutsideOfMemory) {
  Guest guest;
  Memory memory;
  guest.note.entry = 0x2000;
  EXPECT_EQ(loadGuestElf(guest.view(), memory.bytes).error(), GuestElfError::EntryOutsideMemory);
}

TEST(LoadGuestElf, RefusesAGuestWithoutEntryNote) {
  Guest guest;
  Memory memory;
  guest.note.note.n_type = 17;
  EXPECT_EQ(loadGuestElf(guest.view(), memory.bytes).error(), GuestElfError::NoEntry);
}

TEST(LoadGuestElf, RefusesEveryTruncation) {
  Guest guest;
  Memory memory;
  for (size_t size = 0; size < offsetof(Guest, code) + sizeof(guest.code); ++size) {
    auto result = loadGuestElf(*guest.view().slice(0, size), memory.bytes);
    EXPECT_FALSE(result) << size;
  }
}

} // namespace
} // namespace suture::hv
