// SPDX-License-Identifier: Apache-2.0
#pragma once
// A whole Platform for a hypervisor with one CPU and no paging tricks: what docs/embedding.md
// explains step by step. What only the hypervisor can do comes in as `Machine`:
//
//   machine.setRights(start, size, rights)   changes page permissions and flushes the TLB
//   machine.writeThroughAlias(to, bytes)     writes to pages that are mapped RX
//   machine.readTicks(), machine.nsPerTick   a counter
//   machine.print(line)                      the log

#include "runtime/example/fixed_heap.h"
#include "runtime/platform.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace suture::example {

enum class Rights : uint8_t { ReadWrite, ReadOnly, ReadExecute };

/// One row of the hypervisor's own symbol table.
struct Symbol {
  std::string_view name;
  uint64_t address = 0, size = 0;
};

/// What the hypervisor knows about itself. All of it outlives the platform.
struct Hypervisor {
  std::span<const std::byte> text;
  std::span<const Symbol> symbols;
  std::span<const uint8_t> buildId;
  /// Pages for payloads, within 2 GiB of the text; starts and ends on a page.
  std::span<std::byte> payloadPages;
  /// For the core's tables.
  std::span<std::byte> bookkeeping;
};

template <typename Machine> class ToyPlatform final {
public:
  ToyPlatform(Machine &machine, const Hypervisor &hypervisor) noexcept
      : machine_(machine), hypervisor_(hypervisor), heap_(hypervisor.bookkeeping) {}
  ToyPlatform(const ToyPlatform &) = delete;
  ToyPlatform &operator=(const ToyPlatform &) = delete;

  // BookkeepingMemory.
  [[nodiscard]] std::span<std::byte> allocate(size_t size, size_t alignment) noexcept {
    return heap_.allocate(size, alignment);
  }
  void release(std::span<std::byte> block) noexcept { heap_.release(block); }

  // PayloadMemorySource: a payload gets one run of pages. Its address and the bytes that the core
  // writes are the same here, so the pages are writable until protectPayload().
  [[nodiscard]] std::expected<PayloadMemory, MemoryError>
  allocatePayload(const PayloadSizes &sizes) noexcept {
    const uint64_t pages = pagesOf(sizes.text) + pagesOf(sizes.constants) + pagesOf(sizes.data);
    const std::optional<uint64_t> first = findFreePages(pages);
    if (!first)
      return std::unexpected(MemoryError::NoAddressSpace);
    for (uint64_t page = *first; page < *first + pages; ++page)
      used_[page] = true;
    std::byte *start = hypervisor_.payloadPages.data() + *first * pageSize;
    machine_.setRights(start, pages * pageSize, Rights::ReadWrite);
    std::memset(start, 0, pages * pageSize);
    auto take = [&start](uint64_t size) {
      PayloadRegion region{.address = HvVirt{reinterpret_cast<uint64_t>(start)},
                           .bytes = {start, size}};
      start += pagesOf(size) * pageSize;
      return region;
    };
    const PayloadRegion text = take(sizes.text), constants = take(sizes.constants),
                        data = take(sizes.data);
    return PayloadMemory{.text = text, .constants = constants, .data = data};
  }
  [[nodiscard]] bool protectPayload(const PayloadMemory &memory) noexcept {
    protect(memory.text, Rights::ReadExecute);
    protect(memory.constants, Rights::ReadOnly);
    return true;
  }
  void releasePayload(const PayloadMemory &memory) noexcept {
    // One CPU: when setRights() is called for the next payload, its TLB is flushed.
    for (const PayloadRegion &region : {memory.text, memory.constants, memory.data})
      for (uint64_t page = 0; page < pagesOf(region.bytes.size()); ++page)
        used_[pageIndex(region.bytes.data()) + page] = false;
  }

  // TargetImage. A real hypervisor has a hash table over its symbols.
  [[nodiscard]] std::optional<TargetSymbol> findSymbol(std::string_view name) const noexcept {
    for (const Symbol &symbol : hypervisor_.symbols)
      if (symbol.name == name)
        return TargetSymbol{
            .address = HvVirt{symbol.address}, .size = symbol.size, .kind = SymbolKind::Function};
    return std::nullopt;
  }
  [[nodiscard]] std::span<const uint8_t> buildId() const noexcept { return hypervisor_.buildId; }
  [[nodiscard]] bool readText(HvVirt address, std::span<uint8_t> out) const noexcept {
    const std::byte *bytes = findText(address, out.size());
    if (bytes == nullptr)
      return false;
    std::memcpy(out.data(), bytes, out.size());
    return true;
  }
  [[nodiscard]] std::optional<UnpatchableRange> findUnpatchable(HvVirt, uint64_t) const noexcept {
    return std::nullopt;
  }

  void log(std::string_view line) noexcept { machine_.print(line); }

  // StopMachine: there is no other CPU to wait for.
  [[nodiscard]] QuiesceResult quiesce(const QuiesceRequest &request) noexcept {
    const uint64_t start = nowTicks();
    request.commit(request.context);
    const uint64_t ticks = nowTicks() - start;
    return {.outcome = QuiesceOutcome::Done,
            .times = {.rendezvousNs = 0,
                      .rendezvousTicks = 0,
                      .pauseNs = ticks * machine_.nsPerTick,
                      .pauseTicks = ticks},
            .cpusStopped = 1,
            .cpusWanted = 1};
  }
  void writeText(HvVirt address, std::span<const uint8_t> bytes,
                 std::span<uint8_t> saved) noexcept {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): here, addresses are the hypervisor's own.
    auto *place = reinterpret_cast<std::byte *>(address.value);
    std::copy_n(place, saved.size(), std::as_writable_bytes(saved).begin());
    machine_.writeThroughAlias(place, std::as_bytes(bytes));
  }

  [[nodiscard]] uint64_t nowNs() noexcept { return nowTicks() * machine_.nsPerTick; }
  [[nodiscard]] uint64_t nowTicks() noexcept { return machine_.readTicks(); }

  // Deferral: the main loop asks core.hasWork() each time round, so there is nothing to remember.
  void requestSafePoint() noexcept {}
  void setDeadline(uint64_t) noexcept {}

  int32_t callHook(HvVirt function, void *argument) noexcept {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a function in a payload's text.
    return reinterpret_cast<int32_t (*)(void *)>(function.value)(argument);
  }

private:
  static constexpr uint64_t pageSize = 4096;
  static constexpr size_t maxPages = 256;

  static constexpr uint64_t pagesOf(uint64_t size) noexcept {
    return (size + pageSize - 1) / pageSize;
  }
  uint64_t pageIndex(const std::byte *address) const noexcept {
    return static_cast<uint64_t>(address - hypervisor_.payloadPages.data()) / pageSize;
  }
  void protect(const PayloadRegion &region, Rights rights) noexcept {
    if (!region.bytes.empty())
      machine_.setRights(region.bytes.data(), pagesOf(region.bytes.size()) * pageSize, rights);
  }

  std::optional<uint64_t> findFreePages(uint64_t count) const noexcept {
    const uint64_t pages = std::min(hypervisor_.payloadPages.size() / pageSize, maxPages);
    uint64_t run = 0;
    for (uint64_t page = 0; page < pages; ++page) {
      run = used_[page] ? 0 : run + 1;
      if (run >= count)
        return page + 1 - run;
    }
    return std::nullopt;
  }

  const std::byte *findText(HvVirt address, uint64_t size) const noexcept {
    for (std::span<const std::byte> area :
         {hypervisor_.text, std::span<const std::byte>{hypervisor_.payloadPages}}) {
      const uint64_t offset = address.value - reinterpret_cast<uint64_t>(area.data());
      if (offset < area.size() && size <= area.size() - offset)
        return area.data() + offset;
    }
    return nullptr;
  }

  Machine &machine_;
  Hypervisor hypervisor_;
  FixedHeap heap_;
  std::array<bool, maxPages> used_{};
};

} // namespace suture::example
