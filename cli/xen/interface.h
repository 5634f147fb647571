// SPDX-License-Identifier: Apache-2.0
#pragma once
// The part of Xen's own ABI that reaching its livepatch operations takes: hypercall numbers, the
// envelope of a sysctl, the console ring, the version hypercall. The livepatch operation itself is
// format::LivepatchOp, which has the same layout in every version since 4.16.
//
//   interface version   Xen           a List's buffer sizes     LivepatchOp::flags
//   0x14                4.16          ignored                   must be 0
//   0x15                4.17 to 4.20  ignored                   must be 0
//   0x16                4.21, 4.22    bound what is written     bit 0 changes nothing
//
// A Xen answers EACCES to any version but its own, so a client asks with one after the other.
// Source: Xen xen/include/public/{xen,sysctl,version}.h of those releases.

#include "runtime/format/control.h"

#include <cstddef>
#include <cstdint>

namespace suture::xen {

inline constexpr unsigned xenVersionHypercall = 17;
inline constexpr unsigned sysctlHypercall = 35;

/// Sub-operations of the version hypercall.
inline constexpr uint64_t versionNumber = 0;
inline constexpr uint64_t versionExtra = 1;
inline constexpr uint64_t versionBuildId = 10;

/// Bytes of the text that versionExtra gives, its NUL included.
inline constexpr size_t extraVersionSize = 16;

/// The first interface version whose List takes the sizes of its buffers as bounds.
inline constexpr uint32_t firstBoundedList = 0x16;
/// Interface versions that this client knows, the likeliest first. Any other is refused: what a
/// version means is known only once it is released.
inline constexpr uint32_t knownInterfaceVersions[] = {0x15, 0x16, 0x14};
/// How far a refusal looks for the version that Xen does speak, to name it.
inline constexpr uint32_t lastInterfaceVersionNamed = 0x3f;

enum class SysctlCommand : uint32_t {
  ReadConsole = 1,
  Livepatch = 27,
  /// No Xen has it: it does nothing, but the interface version is checked before that is found out.
  None = 0xffff'ffff,
};

/// XEN_SYSCTL_readconsole: copies from the hypervisor's own log.
struct ReadConsole {
  /// IN: not 0 empties the ring; always 0 here, other readers want it too.
  uint8_t clear;
  /// IN: not 0 starts at index.
  uint8_t incremental;
  uint8_t padding[2];
  /// IN: where to start. OUT: one past what was copied.
  uint32_t index;
  format::Handle buffer;
  /// IN: bytes of the buffer. OUT: bytes copied.
  uint32_t count;
  uint32_t padding2;
};
static_assert(sizeof(ReadConsole) == 24 && offsetof(ReadConsole, buffer) == 8);

/// struct xen_sysctl.
struct Sysctl {
  /// IN: a SysctlCommand.
  uint32_t command;
  /// IN: XEN_SYSCTL_INTERFACE_VERSION of the running Xen.
  uint32_t interfaceVersion;
  union {
    ReadConsole readConsole;
    format::LivepatchOp livepatch;
    uint8_t padding[128];
  } u;
};
static_assert(sizeof(Sysctl) == 136 && offsetof(Sysctl, u) == 8);

/// struct xen_build_id, with room for the longest build-id that Suture knows.
struct BuildId {
  /// IN: bytes of bytes[].
  uint32_t size;
  uint8_t bytes[format::maxBuildIdSize];
};
static_assert(offsetof(BuildId, bytes) == 4);

} // namespace suture::xen
