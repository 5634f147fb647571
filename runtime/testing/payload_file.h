// SPDX-License-Identifier: Apache-2.0
#pragma once
// Payload files made in memory for tests: valid unless a test breaks something. Sections, symbols
// and relocations are values that a test may change before build(), and the bytes may be changed
// after it.
//
//   PayloadFile file = PayloadFile::replacing("victim", ...);
//   file.section(".livepatch.funcs").data.pop_back();      // breaks exactly one thing
//   std::vector<std::byte> bytes = file.build();

#include "runtime/elf/elf_types.h"
#include "runtime/format/payload.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace suture::testing {

struct FileRelocation {
  uint64_t offset = 0;
  /// Index of a symbol of the file.
  uint32_t symbol = 0;
  uint32_t type = static_cast<uint32_t>(format::Relocation::Abs64);
  int64_t addend = 0;
};

struct FileSection {
  std::string name;
  uint32_t type = 1; // PROGBITS
  uint64_t flags = 0;
  std::vector<uint8_t> data = {};
  uint64_t alignment = 1;
  uint64_t address = 0;
  /// Size of a NOBITS section.
  uint64_t nobitsSize = 0;
  std::vector<FileRelocation> relocations = {};
};

struct FileSymbol {
  std::string name;
  /// A section index, or one of ELF's special ones.
  uint16_t section = 0;
  uint64_t value = 0;
  uint64_t size = 0;
  uint8_t info = 0x10; // global, no type
};

/// One entry of `.livepatch.funcs` for PayloadFile::addFunction().
struct FileFunction {
  /// Name in the entry; empty for none.
  std::string name = {};
  /// old_addr; 0 leaves it to the name.
  uint64_t oldAddress = 0;
  uint32_t oldSize = 64;
  /// New code; empty makes it a NOP patch of nopSize bytes.
  std::vector<uint8_t> code = {0xb8, 0x2a, 0, 0, 0, 0xc3}; // mov $42,%eax; ret
  uint32_t nopSize = 0;
  uint8_t version = format::payloadVersion;
  format::LivepatchExpectation expectation{};
};

class PayloadFile final {
public:
  /// A payload with the two notes, for a hypervisor and on top of what has the build-id `depends`;
  /// its own build-id is made from `seed`. It patches nothing yet.
  PayloadFile(std::span<const uint8_t> hypervisor, std::span<const uint8_t> depends, uint64_t seed);

  /// The build-id of a payload made with `seed`.
  [[nodiscard]] static std::vector<uint8_t> buildIdOf(uint64_t seed);
  /// A build-id note's bytes.
  [[nodiscard]] static std::vector<uint8_t> note(std::span<const uint8_t> id);

  /// Adds an entry to `.livepatch.funcs`, its code to `.text`, its name to `.rodata.str`.
  void addFunction(const FileFunction &function);
  /// Adds code to `.text` and a pointer to it to a hook section; returns its offset in `.text`.
  uint64_t addHook(std::string_view hookSection);
  /// Adds a symbol; returns its index in the file.
  uint32_t addSymbol(FileSymbol symbol);
  /// Adds a section at the end; returns its index.
  uint16_t addSection(FileSection section);
  [[nodiscard]] FileSection &section(std::string_view name);
  [[nodiscard]] uint16_t indexOf(std::string_view name) const;
  void removeSection(std::string_view name);
  [[nodiscard]] std::vector<FileSymbol> &symbols() { return symbols_; }
  [[nodiscard]] std::vector<FileSection> &sections() { return sections_; }

  [[nodiscard]] std::vector<std::byte> build() const;

private:
  FileSection &sectionOrNew(std::string_view name, uint64_t flags, uint64_t alignment);
  uint32_t sectionSymbol(uint16_t section);

  /// Section 0 is not in here: sections_[i] has index i + 1.
  std::vector<FileSection> sections_;
  /// Symbol 0 is.
  std::vector<FileSymbol> symbols_{{}};
};

/// Offsets of headers in a built file, for tests that break bytes.
[[nodiscard]] size_t sectionHeaderOffset(std::span<const std::byte> file, uint32_t index);

/// Overwrites a value in a built file.
template <typename T> void patch(std::vector<std::byte> &file, size_t offset, T value) {
  for (size_t index = 0; index < sizeof(T); ++index)
    file.at(offset + index) =
        static_cast<std::byte>(static_cast<uint64_t>(value) >> (8 * index) & 0xff);
}

} // namespace suture::testing
