// SPDX-License-Identifier: Apache-2.0
#pragma once
// Build-ids, and the ELF notes that carry them.

#include "runtime/elf/byte_view.h"
#include "runtime/error/try.h"
#include "runtime/format/control.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

namespace suture {

/// A build-id: up to maxBuildIdSize bytes (20 of SHA-1 as a rule). A value.
struct BuildId {
  uint8_t bytes[format::maxBuildIdSize] = {};
  uint32_t size = 0;

  [[nodiscard]] std::span<const uint8_t> view() const noexcept { return {bytes, size}; }
  [[nodiscard]] bool is(std::span<const uint8_t> other) const noexcept {
    return std::ranges::equal(view(), other);
  }
};

/// Which section a note lies in, for messages.
struct NoteSection {
  ByteView data;
  uint32_t index = 0;
  std::string_view name;
};

/// Reads the build-id from the first note of a section.
/// Errors: NoteTooShort, NoteTypeWrong, NoteOwnerTooShort, NoteOutOfRange, NoteOwnerWrong,
/// NoteEmpty, BuildIdTooLong (checks 47 and 48).
[[nodiscard]] Result<BuildId> parseBuildIdNote(const NoteSection &section) noexcept;

} // namespace suture
