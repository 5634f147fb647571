// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one seam between the livepatch core and the machine it runs in.
//
// Three kinds of platform implement it: a hypervisor; a host process (runtime/host), where real
// functions are patched while threads stand in for CPUs; an offline image (the builder's proof that
// a payload loads), where addresses are the target's and bytes lie in a buffer. Each concept below
// lists what one part of the core needs, with who calls it and where.
//
// Three contexts are named throughout:
//   control   a request is handled: one CPU, interrupts as the platform likes, may take long. All
//             calls into one core are serialised by the platform (one lock, or one CPU that serves
//             the control channel).
//   safe      as control, at a safe point: the calling CPU has no frame of a patchable function on
//             its stack, and none will be returned to.
//   stopped   inside quiesce()'s commit: every other CPU spins in the rendezvous with interrupts
//             off. Nothing may fail, allocate, lock or log; NMI and machine check are held off (APM
//             vol.2 15.17: GIF = 0) or handled by code that no payload may patch.

#include "runtime/address.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

namespace suture {

/// Sizes in bytes of a payload's three regions; each may be 0.
struct PayloadSizes {
  uint64_t text = 0;
  uint64_t constants = 0;
  uint64_t data = 0;
};

/// One region of a payload: where it lies in the hypervisor, and through which bytes the core
/// reaches it. The two are the same memory but need not be the same address.
struct PayloadRegion {
  /// Page-aligned; of no meaning when bytes is empty.
  HvVirt address;
  /// Exactly as many bytes as were asked for. Writable until protectPayload(); after that, text and
  /// constants are readable only. Data stays writable.
  std::span<std::byte> bytes;
};

/// What allocatePayload() hands out and releasePayload() takes back.
struct PayloadMemory {
  PayloadRegion text, constants, data;
  /// The platform's own; the core only keeps it.
  uint64_t cookie = 0;
};

enum class MemoryError : uint8_t {
  /// No memory left.
  NoMemory,
  /// No free addresses within reach of the hypervisor's text.
  NoAddressSpace,
};

enum class SymbolKind : uint8_t { Function, Object, Other };

/// A symbol of the hypervisor.
struct TargetSymbol {
  HvVirt address;
  /// Bytes; 0 where the symbol table does not say.
  uint64_t size = 0;
  SymbolKind kind = SymbolKind::Other;
  /// More than one symbol of the target has this name, at different addresses: binding to one of
  /// them would be a guess, and is refused.
  bool ambiguous = false;
};

/// Code that the livepatch path itself runs, or that runs on entry, NMI or machine check.
struct UnpatchableRange {
  HvVirt start, end;
  /// For the message; lives as long as the platform.
  std::string_view name;
};

/// Memory for the core's own tables. Called in control context only.
///
///   allocate(size, alignment)  size > 0 bytes, alignment a power of two up to 4096. An empty span
///                              when there is none. Contents are undefined. Calls of 32 bytes and
///                              of 64 MiB both occur; 10,000 payloads hold about 50,000 blocks,
///                              most of them below 2 KiB.
///   release(block)             exactly a span that allocate() gave; noexcept.
template <typename P>
concept BookkeepingMemory = requires(P &platform, size_t size, std::span<std::byte> block) {
  { platform.allocate(size, size) } noexcept -> std::same_as<std::span<std::byte>>;
  { platform.release(block) } noexcept -> std::same_as<void>;
};

/// Memory that payloads run in. Control context.
///
///   allocatePayload(sizes)   Three regions, zero-filled, each on its own pages, all of them within
///                            2 GiB of every address of the hypervisor's text and data (so that
///                            PC32 relocations and jumps reach). Not executable while writable.
///   protectPayload(memory)   Text becomes RX, constants R, data RW. At the latest when the next
///                            quiesce() lets a CPU go on, that CPU must see it so. False when the
///                            platform cannot do it: the load fails and the memory is released.
///   releasePayload(memory)   Takes all of it back. The addresses are not handed out again before
///                            every CPU's TLB has forgotten them (APM vol.2 5.5.2).
///   payload size             Up to maxPayloadSize of file contents plus NOBITS sections of up to
///                            2 MiB each.
template <typename P>
concept PayloadMemorySource =
    requires(P &platform, const PayloadSizes &sizes, const PayloadMemory &memory) {
      {
        platform.allocatePayload(sizes)
      } noexcept -> std::same_as<std::expected<PayloadMemory, MemoryError>>;
      { platform.protectPayload(memory) } noexcept -> std::same_as<bool>;
      { platform.releasePayload(memory) } noexcept -> std::same_as<void>;
    };

/// What the core asks about the hypervisor. Control context.
///
///   findSymbol(name)         By the name in the hypervisor's symbol table: globals by (mangled)
///                            name, local ones as `file.c#name`. Constant time (hash) or
///                            logarithmic: called once for each symbol of a payload.
///   buildId()                The hypervisor's own build-id, the note's description alone (20 bytes
///                            of SHA-1 as a rule); empty when it has none.
///   readText(address, out)   Copies the bytes that the hypervisor would execute at `address`: its
///                            own text or a payload's text. False, and out untouched, when not all
///                            of it is text.
///   findUnpatchable(a, n)    The first unpatchable range that shares a byte with [a, a + n), or
///                            nothing.
template <typename P>
concept TargetImage = requires(P &platform, const P &constPlatform, std::string_view name,
                               HvVirt address, std::span<uint8_t> out, uint64_t size) {
  { constPlatform.findSymbol(name) } noexcept -> std::same_as<std::optional<TargetSymbol>>;
  { constPlatform.buildId() } noexcept -> std::same_as<std::span<const uint8_t>>;
  { constPlatform.readText(address, out) } noexcept -> std::same_as<bool>;
  {
    constPlatform.findUnpatchable(address, size)
  } noexcept -> std::same_as<std::optional<UnpatchableRange>>;
};

/// One line of the log, without a newline. Control or safe context, never stopped.
template <typename P>
concept Logging = requires(P &platform, std::string_view line) {
  { platform.log(line) } noexcept -> std::same_as<void>;
};

/// All that loading a payload needs.
template <typename P>
concept LoadPlatform =
    BookkeepingMemory<P> && PayloadMemorySource<P> && TargetImage<P> && Logging<P>;

/// How long a rendezvous took, each in ns and in ticks of the platform's counter (the TSC).
struct QuiesceTimes {
  /// From the request to the last CPU stopped (on a time-out: to giving up).
  uint64_t rendezvousNs = 0, rendezvousTicks = 0;
  /// From the first CPU stopped to the last CPU released.
  uint64_t pauseNs = 0, pauseTicks = 0;
};

enum class QuiesceOutcome : uint8_t {
  /// commit ran once, all CPUs go on.
  Done,
  /// Not all CPUs stopped in time; commit did not run, all CPUs go on.
  TimedOut,
  /// Another rendezvous is under way or CPUs are being brought up; commit did not run.
  Busy,
};

struct QuiesceResult {
  QuiesceOutcome outcome = QuiesceOutcome::Done;
  QuiesceTimes times = {};
  /// CPUs that had stopped, the caller included, and CPUs that had to: for the message.
  uint32_t cpusStopped = 0, cpusWanted = 0;
};

/// What quiesce() runs on the calling CPU once all others have stopped.
struct QuiesceRequest {
  /// Upper bound for the rendezvous in ns; not 0.
  uint64_t timeoutNs = 0;
  void (*commit)(void *context) noexcept = nullptr;
  void *context = nullptr;
};

/// Stopping the machine and writing to its text.
///
///   quiesce(request)          Safe context. Brings every other CPU to the rendezvous
///                             (runtime/rendezvous.h is a ready-made state machine for it), runs
///                             request.commit(request.context) on this CPU with interrupts off and
///                             NMI and machine check held off, then lets all go on. Each CPU, the
///                             caller included, serialises its instruction stream after commit and
///                             before it runs anything that could have been patched (APM vol.2
///                             7.6.1: cross-modifying code; CPUID or IRET), and drops TLB entries
///                             where protectPayload() left that to do. Returns within a bounded
///                             time also when a CPU never answers.
///   writeText(address, bytes, saved)
///                             Stopped. 1 to 31 bytes into the hypervisor's or a payload's text,
///                             which stays mapped RX for all: through a temporary writable alias
///                             that only this CPU has. What stood there goes to `saved` first: as
///                             many bytes, or none where nobody wants them. The range was readable
///                             at load (readText) and may cross a page. No other CPU executes
///                             there, so the order of the stores is free, but all are done when it
///                             returns. Cannot fail. The alias may stay from one call to the next,
///                             and is gone before callHook() and before another CPU goes on.
template <typename P>
concept StopMachine = requires(P &platform, const QuiesceRequest &request, HvVirt address,
                               std::span<const uint8_t> bytes, std::span<uint8_t> saved) {
  { platform.quiesce(request) } noexcept -> std::same_as<QuiesceResult>;
  { platform.writeText(address, bytes, saved) } noexcept -> std::same_as<void>;
};

/// Time, for records and for probation. Any context, stopped included.
///
///   nowNs()       Monotonic ns since any fixed moment.
///   nowTicks()    The finest counter there is (the TSC).
template <typename P>
concept Clock = requires(P &platform) {
  { platform.nowNs() } noexcept -> std::same_as<uint64_t>;
  { platform.nowTicks() } noexcept -> std::same_as<uint64_t>;
};

/// How the core gets to the safe point. Control or safe context.
///
///   requestSafePoint()     There is work: call the core's runPending() at the next safe point, on
///                          any one CPU. Kicks CPUs out of guests where needed. Asked for twice
///                          before it happened, once is enough.
///   setDeadline(ns)        Call runPending() at the first safe point at or after nowNs() >= ns,
///                          with no client connected too; ~0 for never. Replaces the last deadline.
template <typename P>
concept Deferral = requires(P &platform, uint64_t deadlineNs) {
  { platform.requestSafePoint() } noexcept -> std::same_as<void>;
  { platform.setDeadline(deadlineNs) } noexcept -> std::same_as<void>;
};

/// Running a payload's hooks: `int32_t (*)(void *)` at `function`, in the payload's text; hooks
/// that return nothing leave garbage, which the core ignores. Pre hooks run in control context,
/// post hooks in safe context, the others stopped. An offline platform returns 0.
/// Precondition: `argument` points to a HookPayload (runtime/core/hook_payload.h), valid during the
/// call.
template <typename P>
concept HookCaller = requires(P &platform, HvVirt function, void *argument) {
  { platform.callHook(function, argument) } noexcept -> std::same_as<int32_t>;
};

/// The whole of it.
template <typename P>
concept Platform = LoadPlatform<P> && StopMachine<P> && Clock<P> && Deferral<P> && HookCaller<P>;

/// Sections whose entries concern the target's own machinery. The core checks sizes and bounds (an
/// entry's address lies in this payload) and hands them over; a platform that does not satisfy
/// SpecialSectionPlatform, or says no to a kind, has payloads with them refused (EOPNOTSUPP).
enum class SpecialKind : uint8_t {
  /// `.altinstructions`, with `.altinstr_replacement`.
  Alternatives,
  /// `.alt_call_sites`.
  AlternativeCalls,
  /// `.bug_frames.N`.
  BugFrames,
  /// `.ex_table`.
  ExceptionTable,
};

struct SpecialSection {
  SpecialKind kind = SpecialKind::Alternatives;
  /// N of `.bug_frames.N`, else 0.
  uint32_t index = 0;
  /// Where the relocated entries lie in the hypervisor, and their bytes (writable until
  /// protectPayload()).
  HvVirt address;
  std::span<std::byte> bytes;
};

enum class SpecialError : uint8_t {
  /// An alternative's replacement is longer than its origin (ENOSPC).
  TooLong,
  /// A CPU feature out of range (ERANGE).
  FeatureOutOfRange,
  /// Instruction bytes that are not what the table says (EINVAL).
  BadInstruction,
  /// No memory (ENOMEM).
  NoMemory,
};

/// Optional. Control context.
///
///   supports(kind)            Whether payloads may carry it.
///   attachSection(memory, s)  Called before protectPayload(), once for each special section:
///                             patches the payload's text where the table says so, or registers
///                             the table.
///   detachSections(memory)    Before releasePayload(): forgets all that was attached for it, which
///                             may be nothing.
template <typename P>
concept SpecialSectionPlatform =
    requires(P &platform, const P &constPlatform, SpecialKind kind, const PayloadMemory &memory,
             const SpecialSection &section) {
      { constPlatform.supports(kind) } noexcept -> std::same_as<bool>;
      {
        platform.attachSection(memory, section)
      } noexcept -> std::same_as<std::expected<void, SpecialError>>;
      { platform.detachSections(memory) } noexcept -> std::same_as<void>;
    };

} // namespace suture
