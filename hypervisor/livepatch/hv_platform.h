// SPDX-License-Identifier: Apache-2.0
#pragma once
// The runtime's Platform (runtime/platform.h) in the hypervisor. CPU 0 serves the control channel
// and leads every rendezvous; all members but the rendezvous' own are used on CPU 0 alone.

#include "hypervisor/core/hypervisor.h"
#include "hypervisor/lib/symbols.h"
#include "hypervisor/livepatch/payload_arena.h"
#include "hypervisor/livepatch/text_alias.h"
#include "hypervisor/x86/instructions.h"
#include "runtime/platform.h"
#include "runtime/rendezvous.h"

namespace suture::hv {

/// A CPU as the rendezvous needs it.
struct RendezvousCpu final {
  const x86::Clock &clock;

  [[nodiscard]] uint64_t nowNs() const noexcept { return clock.nowNs(); }
  [[nodiscard]] uint64_t nowTicks() const noexcept { return x86::rdtsc(); }
  void relax() const noexcept { x86::pause(); }
  /// APM vol.2 7.6.1: after another CPU wrote code, a CPU serialises before it runs it; CPUID does.
  /// The write to CR3 drops all TLB entries, no page being global (5.5.2).
  void serialise() const noexcept {
    x86::flushTlb();
    (void)x86::cpuid(0);
  }
};

class HvPlatform final {
public:
  /// Context: boot, on CPU 0. Panics without memory for its own tables.
  explicit HvPlatform(Hypervisor &hypervisor);
  HvPlatform(const HvPlatform &) = delete;
  HvPlatform &operator=(const HvPlatform &) = delete;

  // The runtime's seam; see runtime/platform.h.
  std::span<std::byte> allocate(size_t size, size_t alignment) noexcept;
  void release(std::span<std::byte> block) noexcept;
  std::expected<PayloadMemory, MemoryError> allocatePayload(const PayloadSizes &sizes) noexcept;
  bool protectPayload(const PayloadMemory &memory) noexcept;
  void releasePayload(const PayloadMemory &memory) noexcept;
  std::optional<TargetSymbol> findSymbol(std::string_view name) const noexcept;
  std::span<const uint8_t> buildId() const noexcept;
  bool readText(suture::HvVirt address, std::span<uint8_t> out) const noexcept;
  std::optional<UnpatchableRange> findUnpatchable(suture::HvVirt address,
                                                  uint64_t size) const noexcept;
  void log(std::string_view line) noexcept;
  QuiesceResult quiesce(const QuiesceRequest &request) noexcept;
  /// In here, so that it becomes part of the commit's loop: each instruction of it is run once a
  /// function while every CPU waits.
  void writeText(suture::HvVirt address, std::span<const uint8_t> bytes,
                 std::span<uint8_t> saved) noexcept {
    if (bytes.size() != format::jumpSize || !alias_.showsJump(address)) [[unlikely]]
      return writeAnywhere(address, bytes, saved);
    uint8_t *place = alias_.at(address);
    // Two moves each, and no call: a plain memcpy() is one in freestanding code, whatever the size.
    if (!saved.empty())
      __builtin_memcpy(saved.data(), place, format::jumpSize);
    __builtin_memcpy(place, bytes.data(), format::jumpSize);
  }
  uint64_t nowNs() noexcept { return hypervisor_.clock.nowNs(); }
  uint64_t nowTicks() noexcept { return x86::rdtsc(); }
  void requestSafePoint() noexcept {}
  void setDeadline(uint64_t deadlineNs) noexcept;
  int32_t callHook(suture::HvVirt function, void *argument) noexcept;

  // For the loop.
  /// When runPending() is to be called even though nobody asks, in TSC ticks, or ~0.
  [[nodiscard]] uint64_t deadlineTicks() const { return deadlineTicks_; }
  [[nodiscard]] Rendezvous &rendezvous() { return rendezvous_; }
  /// Pages of payload memory that are taken.
  [[nodiscard]] size_t payloadPages() const { return arena_.taken(); }
  /// Context: stopped.
  [[nodiscard]] TextAlias &alias() { return alias_; }

private:
  struct Regions;
  static size_t pagesFor(uint64_t bytes) { return (bytes + pageSize - 1) / pageSize; }
  [[nodiscard]] HvVirt pageAddress(size_t page) const { return layout::payloads + page * pageSize; }
  /// Makes every CPU drop its TLB entries; false when one does not answer within a second.
  bool shootDown();
  [[nodiscard]] std::optional<HvPhys> physOfText(uint64_t address) const;
  static void commitWithGifClear(void *context) noexcept;
  /// Bytes of any number, text that may not be shown yet.
  [[gnu::noinline]] void writeAnywhere(suture::HvVirt address, std::span<const uint8_t> bytes,
                                       std::span<uint8_t> saved);
  /// Makes the alias show `size` bytes at `address`.
  void makeAlias(suture::HvVirt address, uint64_t size);

  Hypervisor &hypervisor_;
  SymbolTable symbols_;
  PayloadArena arena_;
  Rendezvous rendezvous_;
  TextAlias alias_;
  uint64_t deadlineTicks_ = ~uint64_t{0};
};
static_assert(Platform<HvPlatform>);

} // namespace suture::hv
