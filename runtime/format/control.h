// SPDX-License-Identifier: Apache-2.0
#pragma once
// The control ABI: the structures of XEN_SYSCTL_livepatch_op, as a client and the hypervisor
// exchange them, and the operations that Suture adds. Handles are addresses in the caller's memory;
// the hypervisor reaches that memory only through copy-in and copy-out. Source: Xen
// xen/include/public/sysctl.h, 4.17 and 4.21.

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace suture::format {

/// An address in the caller's memory; never dereferenced by the hypervisor.
using Handle = uint64_t;

/// LivepatchOp::command. The values from Detail on are Suture's own; Xen answers them with
/// EOPNOTSUPP.
enum class Command : uint32_t {
  Upload = 0,
  Get = 1,
  List = 2,
  Action = 3,
  Detail = 0x53550001,
  ActionOnProbation = 0x53550002,
  Confirm = 0x53550003,
  DetailOf = 0x53550004,
};

enum class PayloadState : uint32_t { Checked = 1, Applied = 2 };

enum class ActionKind : uint32_t { Unload = 1, Revert = 2, Apply = 3, Replace = 4 };

/// ActionRequest::flags: skip the check of `.livepatch.depends` on apply, and nothing else.
inline constexpr uint32_t actionNodeps = 1u << 0;
/// Every bit that ActionRequest::flags may have.
inline constexpr uint32_t actionFlagsMask = actionNodeps;

/// Time-out of an action that names none (0), in ns.
inline constexpr uint32_t defaultTimeoutNs = 30'000'000;

/// Most entries that one List or Detail call may ask for; more is E2BIG.
inline constexpr uint32_t maxListEntries = 1024;

/// errno values of the ABI, positive as Xen's public/errno.h has them; results carry them negated.
enum class Errno : int32_t {
  None = 0,
  Perm = 1,
  NoEntry = 2,
  TooBig = 7,
  Again = 11,
  NoMemory = 12,
  Access = 13,
  Fault = 14,
  Busy = 16,
  Exists = 17,
  Invalid = 22,
  NoSpace = 28,
  Range = 34,
  NoSys = 38,
  NoData = 61,
  Overflow = 75,
  NotSupported = 95,
  NoBufferSpace = 105,
};

struct NameRef {
  /// IN: address of the name.
  Handle name;
  /// IN: size of the name in bytes, including its NUL; 2 to 128.
  uint16_t size;
  /// IN: zero.
  uint16_t padding[3];
};
static_assert(sizeof(NameRef) == 16);

struct PayloadStatus {
  /// OUT: a PayloadState.
  uint32_t state;
  /// OUT: result of the last action, 0 or a negated Errno; -Again while one is under way.
  int32_t result;
};
static_assert(sizeof(PayloadStatus) == 8);

struct UploadRequest {
  NameRef name;
  /// IN: size of the ELF file in bytes.
  uint64_t size;
  /// IN: address of the ELF file.
  Handle payload;
};
static_assert(sizeof(UploadRequest) == 32);

struct GetRequest {
  NameRef name;
  PayloadStatus status;
};
static_assert(sizeof(GetRequest) == 24);

/// nr = 0 probes. The handler fills arrays indexed from 0 for the payloads from index on, in upload
/// order.
struct ListRequest {
  /// OUT: changes with every upload, unload, apply, revert and replace.
  uint32_t version;
  /// IN: first payload wanted.
  uint32_t index;
  /// IN: entries wanted. OUT: entries left; of a probe, the number of payloads.
  uint32_t count;
  /// IN: zero.
  uint32_t padding;
  /// IN: bytes in the name buffer. OUT: bytes copied; of a probe, the total of all names with their
  /// NULs.
  uint32_t nameTotalSize;
  /// IN: bytes in the metadata buffer. OUT: bytes copied; of a probe, the total of all metadata.
  uint32_t metadataTotalSize;
  /// OUT: array of count PayloadStatus.
  Handle status;
  /// OUT: names back to back, each with its NUL.
  Handle name;
  /// OUT: array of count uint32_t, each name's size with its NUL.
  Handle nameLength;
  /// OUT: metadata back to back.
  Handle metadata;
  /// OUT: array of count uint32_t, each metadata's size.
  Handle metadataLength;
};
static_assert(sizeof(ListRequest) == 64 && offsetof(ListRequest, status) == 24);

struct ActionRequest {
  NameRef name;
  /// IN: an ActionKind.
  uint32_t action;
  /// IN: upper bound in ns for the rendezvous; 0 is defaultTimeoutNs.
  uint32_t timeoutNs;
  /// IN: actionNodeps or 0.
  uint32_t flags;
  /// IN: zero.
  uint32_t padding;
};
static_assert(sizeof(ActionRequest) == 32);

/// Times of the last action on a payload, each in ns and TSC ticks; all 0 before the first.
struct ActionTimes {
  /// From the request of the rendezvous to the last CPU stopped.
  uint64_t rendezvousNs, rendezvousTicks;
  /// From the first CPU stopped to the last CPU released.
  uint64_t pauseNs, pauseTicks;
  /// From the action's start (its checks included) to its end.
  uint64_t totalNs, totalTicks;
};
static_assert(sizeof(ActionTimes) == 48);

/// Most bytes of a build-id in a detail record; SHA-1 has 20.
inline constexpr size_t maxBuildIdSize = 64;

/// What List does not tell of one payload. Suture's own.
struct DetailRecord {
  PayloadStatus status;
  /// 1 for the bottom of the applied stack, 0 for a payload that is not applied.
  uint32_t stackPosition;
  /// Number of functions patched.
  uint32_t functions;
  /// Milliseconds until the payload reverts itself; 0 for one that is not on probation.
  uint32_t probationLeftMs;
  uint32_t buildIdSize;
  uint32_t dependsSize;
  uint32_t nameLength;
  uint8_t buildId[maxBuildIdSize];
  /// Build-id in `.livepatch.depends`.
  uint8_t depends[maxBuildIdSize];
  /// Bytes of hypervisor memory that the payload takes.
  uint64_t memorySize;
  ActionTimes times;
  /// Name with its NUL, zero-padded.
  char name[128];
};
static_assert(std::is_standard_layout_v<DetailRecord> && sizeof(DetailRecord) == 344);

/// Command::Detail: as List, with records of fixed size; count = 0 probes.
struct DetailRequest {
  /// OUT: as ListRequest::version.
  uint32_t version;
  /// IN: first payload wanted.
  uint32_t index;
  /// IN: entries wanted. OUT: entries left; of a probe, the number of payloads.
  uint32_t count;
  /// IN: zero.
  uint32_t padding;
  /// OUT: array of count DetailRecord.
  Handle records;
  /// OUT: the hypervisor's own build-id.
  uint32_t hypervisorBuildIdSize;
  uint32_t padding2;
  uint8_t hypervisorBuildId[maxBuildIdSize];
};
static_assert(sizeof(DetailRequest) == 96);

/// Command::ActionOnProbation: an action that reverts itself unless Command::Confirm comes in time.
struct ProbationRequest {
  ActionRequest action;
  /// IN: milliseconds to wait for Confirm; not 0.
  uint32_t probationMs;
  /// IN: zero.
  uint32_t padding;
};
static_assert(sizeof(ProbationRequest) == 40);

struct ConfirmRequest {
  NameRef name;
};

/// Command::DetailOf: the record of one payload, found by its name.
struct DetailOfRequest {
  NameRef name;
  /// OUT: as ListRequest::version.
  uint32_t version;
  /// IN: zero.
  uint32_t padding;
  /// OUT: one DetailRecord.
  Handle record;
};
static_assert(sizeof(DetailOfRequest) == 32);

struct LivepatchOp {
  /// IN: a Command.
  uint32_t command;
  /// IN: zero. (4.21 knows bit 0, FORCE, which changes nothing.)
  uint32_t flags;
  union {
    UploadRequest upload;
    GetRequest get;
    ListRequest list;
    ActionRequest action;
    DetailRequest detail;
    ProbationRequest probation;
    ConfirmRequest confirm;
    DetailOfRequest detailOf;
  } u;
};
static_assert(std::is_standard_layout_v<LivepatchOp> && std::is_trivially_copyable_v<LivepatchOp>);
static_assert(sizeof(LivepatchOp) == 104 && offsetof(LivepatchOp, u) == 8);

} // namespace suture::format
