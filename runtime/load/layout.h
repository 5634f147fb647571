// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where each section of a payload goes: text (RX), constants (R) or data (RW).

#include "runtime/elf/elf_file.h"
#include "runtime/platform.h"

#include <cstdint>
#include <optional>
#include <span>

namespace suture {

enum class RegionKind : uint8_t {
  /// Not loaded: the section is not ALLOC.
  None,
  Text,
  Constants,
  Data,
};

/// Place of one section inside its region.
struct SectionPlace {
  RegionKind region = RegionKind::None;
  /// Bytes from the start of the region.
  uint64_t offset = 0;
};

struct Layout {
  PayloadSizes sizes;
  /// The payload has writable data besides `.livepatch.funcs`: applying it again after a revert
  /// would start from data that it may have changed.
  bool hasWritableData = false;
};

/// Places each section, in file order within its region, at its alignment.
/// \param places  one for each section of `file`; filled.
/// Errors: WritableAndExecutable (check 24), AlignmentAbovePage.
[[nodiscard]] Result<Layout> planLayout(const ElfFile &file,
                                        std::span<SectionPlace> places) noexcept;

/// A payload's sections in the memory that they will run in.
class PlacedSections final {
public:
  /// All three must outlive this; `places` as planLayout() filled it.
  PlacedSections(const ElfFile &file, std::span<const SectionPlace> places,
                 const PayloadMemory &memory) noexcept
      : file_(file), places_(places), memory_(memory) {}

  /// Copies each section's bytes from the file; NOBITS stays zero as the platform gave it.
  void copyIn() const noexcept;

  [[nodiscard]] const ElfFile &file() const noexcept { return file_; }
  [[nodiscard]] bool isLoaded(uint32_t section) const noexcept {
    return places_[section].region != RegionKind::None;
  }
  /// Precondition: isLoaded(section).
  [[nodiscard]] HvVirt address(uint32_t section) const noexcept;
  /// Precondition: isLoaded(section).
  [[nodiscard]] std::span<std::byte> bytes(uint32_t section) const noexcept;
  /// The loaded (relocated) bytes, or the file's where the section is not loaded.
  [[nodiscard]] ByteView contents(uint32_t section) const noexcept;
  /// The NUL-terminated string at an address inside the payload.
  [[nodiscard]] std::optional<std::string_view> stringAt(HvVirt address) const noexcept;
  /// Whether [address, address + size) lies in the payload's text.
  [[nodiscard]] bool isText(HvVirt address, uint64_t size) const noexcept;
  [[nodiscard]] const PayloadMemory &memory() const noexcept { return memory_; }

private:
  [[nodiscard]] const PayloadRegion &region(RegionKind kind) const noexcept;

  const ElfFile &file_;
  std::span<const SectionPlace> places_;
  const PayloadMemory &memory_;
};

} // namespace suture
