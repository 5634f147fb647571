// SPDX-License-Identifier: Apache-2.0
#pragma once
// The functions that a payload patches: entries of `.livepatch.funcs`, checked, with the state that
// the core keeps for each.

#include "runtime/address.h"
#include "runtime/format/payload.h"
#include "runtime/load/layout.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace suture {

/// One patched function. Copied out of the payload at load, so that a payload that changes its own
/// `.livepatch.funcs` later changes nothing.
struct PatchedFunction {
  // What a commit reads and writes comes first, and lies together: it is in one or two cache lines.
  HvVirt oldAddress;
  /// Bytes of ENDBR64 that stay in place before the jump: 0 or 4.
  uint8_t skip = 0;
  /// Bytes written at oldAddress + skip.
  uint8_t length = 0;
  /// First `length` bytes: what is written at site(). Made at load, not while CPUs are stopped.
  uint8_t patch[format::opaqueSize] = {};
  /// First `length` bytes: what stood there before. Valid while the payload is written
  /// (Payload::isWritten).
  uint8_t saved[format::opaqueSize] = {};

  HvVirt newAddress;
  uint32_t oldSize = 0, newSize = 0;
  format::LivepatchExpectation expectation{};
  /// In the payload's memory; "(unnamed)" where the entry names none.
  std::string_view name;

  [[nodiscard]] bool isNop() const noexcept { return newAddress.value == 0; }
  /// Where the bytes are written.
  [[nodiscard]] HvVirt site() const noexcept { return oldAddress + skip; }
};

/// `.livepatch.funcs` as it lies in the payload's memory.
struct FunctionTable {
  /// 0 when the payload has none.
  uint32_t section = 0;
  ByteView entries;
  uint32_t count = 0;
};

/// Finds the table. Errors: FuncsSizeNotMultiple (check 39).
[[nodiscard]] Result<FunctionTable> findFunctionTable(const PlacedSections &sections) noexcept;

/// Reads entry `index` and checks what needs nobody else (checks 40, 41). oldAddress stays 0 where
/// the name has to be looked up.
/// Errors: FuncVersionUnsupported, OldSizeZero, FuncNameBad.
[[nodiscard]] Result<PatchedFunction>
readFunction(const PlacedSections &sections, const FunctionTable &table, uint32_t index) noexcept;

/// `symbol+0x10` taken apart.
struct NameWithOffset {
  std::string_view name;
  uint64_t offset = 0;
};

/// Nothing where `text` does not end in `+` and a decimal or 0x-prefixed number.
[[nodiscard]] std::optional<NameWithOffset> splitOffset(std::string_view text) noexcept;

/// The first bytes of a function, as far as they are text.
struct FunctionHead {
  uint8_t bytes[sizeof(format::endbr64)] = {};
  uint8_t size = 0;
};

/// Decides how much of the function's start stays and how much is written, and checks that there
/// is room and reach (checks 43 to 45).
/// \param head  bytes at function.oldAddress.
/// Errors: NopTooLong, NopLongerThanFunction, NopEmpty, OldFunctionTooSmall, JumpOutOfReach.
[[nodiscard]] Result<> planSite(PatchedFunction &function, const FunctionHead &head,
                                uint32_t index) noexcept;

/// The first two functions that would write the same byte: FunctionPatchedTwice.
/// \param order  scratch, one for each function.
[[nodiscard]] Result<> checkOverlap(std::span<const PatchedFunction> functions,
                                    std::span<uint32_t> order) noexcept;

} // namespace suture
