// SPDX-License-Identifier: Apache-2.0
#pragma once
// The payload ABI: Xen's livepatch payload, version 2, x86-64. What stands here is what builder and
// loader share. Source: Xen docs/misc/livepatch.pandoc and xen/include/public/sysctl.h (struct
// livepatch_func).

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace suture::format {

/// Value of LivepatchFunc::version.
inline constexpr uint8_t payloadVersion = 2;

/// Bytes of a name including its NUL: names are 1 to 127 bytes long.
inline constexpr size_t nameSize = 128;

/// Largest payload file, and largest NOBITS section, in bytes.
inline constexpr size_t maxPayloadSize = 2 * 1024 * 1024;

/// Payloads have fewer section headers than this.
inline constexpr size_t maxSections = 1024;

/// Most bytes that an expectation holds, that a NOP patch overwrites, and that are saved of a
/// patched function.
inline constexpr size_t opaqueSize = 31;

/// `E9 rel32`: the jump written over the start of a patched function. Source: APM vol.3, JMP
/// (near).
inline constexpr size_t jumpSize = 5;

/// ENDBR64, which a jump must leave in place. Source: APM vol.3, ENDBR64 (F3 0F 1E FA).
inline constexpr uint8_t endbr64[4] = {0xf3, 0x0f, 0x1e, 0xfa};
/// What boot code may have put over an ENDBR64 that no indirect branch needs: `nopw (%rcx)` as Xen
/// poisons it.
inline constexpr uint8_t poisonedEndbr64[4] = {0x66, 0x0f, 0x1f, 0x01};

/// Bytes that must stand at the patched address when the payload is applied.
struct LivepatchExpectation {
  /// Bit 0: enabled; bits 1 to 5: length of data in bytes; bits 6 and 7: zero.
  uint8_t header;
  uint8_t data[opaqueSize];

  static constexpr uint8_t enabledBit = 1;
  static constexpr unsigned lengthShift = 1;
  static constexpr uint8_t lengthMask = 0x1f;
  static constexpr uint8_t reservedMask = 0xc0;
};
static_assert(std::is_standard_layout_v<LivepatchExpectation> &&
              sizeof(LivepatchExpectation) == 32);

/// One entry of `.livepatch.funcs`. The builder fills it; the runtime only reads it.
struct LivepatchFunc {
  /// Address of the NUL-terminated name of the patched function: `name`, `file.c#name` or
  /// `name+0xOFFSET`.
  uint64_t name;
  /// Address of the new code; 0 makes it a NOP patch of newSize bytes.
  uint64_t newAddress;
  /// Address of the patched function; 0 lets the loader look name up.
  uint64_t oldAddress;
  /// Size of the new code in bytes, of the NOPs in a NOP patch.
  uint32_t newSize;
  /// Size of the patched function in bytes; never 0.
  uint32_t oldSize;
  /// payloadVersion.
  uint8_t version;
  /// Zero.
  uint8_t padding[39];
  LivepatchExpectation expectation;
};
static_assert(std::is_standard_layout_v<LivepatchFunc> &&
              std::is_trivially_copyable_v<LivepatchFunc>);
static_assert(sizeof(LivepatchFunc) == 104);
static_assert(offsetof(LivepatchFunc, newAddress) == 8 &&
              offsetof(LivepatchFunc, oldAddress) == 16);
static_assert(offsetof(LivepatchFunc, newSize) == 24 && offsetof(LivepatchFunc, oldSize) == 28);
static_assert(offsetof(LivepatchFunc, version) == 32 && offsetof(LivepatchFunc, expectation) == 72);

namespace section {
inline constexpr char funcs[] = ".livepatch.funcs";
inline constexpr char xenDepends[] = ".livepatch.xen_depends";
inline constexpr char depends[] = ".livepatch.depends";
inline constexpr char buildId[] = ".note.gnu.build-id";
inline constexpr char modinfo[] = ".modinfo";
inline constexpr char hooksLoad[] = ".livepatch.hooks.load";
inline constexpr char hooksUnload[] = ".livepatch.hooks.unload";
inline constexpr char hooksPreapply[] = ".livepatch.hooks.preapply";
inline constexpr char hooksApply[] = ".livepatch.hooks.apply";
inline constexpr char hooksPostapply[] = ".livepatch.hooks.postapply";
inline constexpr char hooksPrerevert[] = ".livepatch.hooks.prerevert";
inline constexpr char hooksRevert[] = ".livepatch.hooks.revert";
inline constexpr char hooksPostrevert[] = ".livepatch.hooks.postrevert";
/// Not ALLOC, so that every loader leaves it alone: the diff that the payload was built from, as
/// text.
inline constexpr char sutureDiff[] = ".suture.diff";
/// Not ALLOC: what the builder says of each function and why, and how the target was named, as
/// JSON.
inline constexpr char sutureReport[] = ".suture.report";
} // namespace section

/// ELF note type NT_GNU_BUILD_ID, of owner "GNU".
inline constexpr uint32_t noteGnuBuildId = 3;

/// The relocations of the ABI; any other is refused by name.
/// Source: System V psABI x86-64, table 4.9.
enum class Relocation : uint32_t { None = 0, Abs64 = 1, Pc32 = 2, Plt32 = 4 };

} // namespace suture::format
