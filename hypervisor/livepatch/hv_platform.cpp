// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/livepatch/unpatchable_unit.h"

#include "hypervisor/livepatch/hv_platform.h"

#include "hypervisor/core/panic.h"
#include "hypervisor/log/log.h"

#include <algorithm>
#include <cstring>

extern "C" {
// Borders that the linker script sets.
extern const std::byte imageStart[];
extern const std::byte textEnd[];
extern const std::byte unpatchableEnd[];
extern const std::byte buildIdNote[];
extern const std::byte buildIdNoteEnd[];
}

namespace suture::hv {
namespace {

uint64_t addressOf(const std::byte *symbol) { return reinterpret_cast<uint64_t>(symbol); }

/// A commit, and on whose platform.
struct OwnedCommit {
  HvPlatform *platform;
  const QuiesceRequest *request;
};

std::span<ArenaPage> makePageStates(Hypervisor &hypervisor) {
  const size_t count = hypervisor.payloadMemory.size() / pageSize;
  auto bytes = hypervisor.heap.allocate(count, 1);
  if (bytes.empty())
    panic("no memory for the state of {} payload pages", count);
  auto *states = reinterpret_cast<ArenaPage *>(bytes.data());
  std::fill_n(states, count, ArenaPage::Free);
  return {states, count};
}

SymbolKind kindOf(uint32_t elfType) {
  constexpr uint32_t object = 1;
  constexpr uint32_t function = 2;
  if (elfType == function)
    return SymbolKind::Function;
  return elfType == object ? SymbolKind::Object : SymbolKind::Other;
}

constexpr uint64_t makeCookie(size_t first, size_t count) { return uint64_t{first} << 32 | count; }
constexpr size_t firstOf(uint64_t cookie) { return cookie >> 32; }
constexpr size_t countOf(uint64_t cookie) { return cookie & 0xffff'ffff; }

} // namespace

HvPlatform::HvPlatform(Hypervisor &hypervisor)
    : hypervisor_{hypervisor}, symbols_{imageSymbols()}, arena_{makePageStates(hypervisor)},
      alias_{hypervisor.memory.aliasEntries(hypervisor.cpuTable[0]->root), {imageStart, textEnd}} {}

std::span<std::byte> HvPlatform::allocate(size_t size, size_t alignment) noexcept {
  return hypervisor_.heap.allocate(size, alignment);
}
void HvPlatform::release(std::span<std::byte> block) noexcept { hypervisor_.heap.release(block); }

bool HvPlatform::shootDown() {
  constexpr uint64_t patienceNs = 1'000'000'000;
  const uint64_t wanted = hypervisor_.tlbGeneration.fetch_add(1, std::memory_order_acq_rel) + 1;
  x86::flushTlb();
  hypervisor_.kickOthers();
  const uint64_t end = nowNs() + patienceNs;
  for (const Cpu *cpu : hypervisor_.cpus().subspan(1))
    while (cpu->tlbGeneration.load(std::memory_order_acquire) < wanted) {
      if (nowNs() > end)
        return false;
      x86::pause();
    }
  arena_.forgetStale();
  return true;
}

std::expected<PayloadMemory, MemoryError>
HvPlatform::allocatePayload(const PayloadSizes &sizes) noexcept {
  const size_t text = pagesFor(sizes.text);
  const size_t constants = pagesFor(sizes.constants);
  const size_t count = text + constants + pagesFor(sizes.data);
  if (count == 0)
    return PayloadMemory{};
  auto first = arena_.take(count);
  if (!first && arena_.hasStale() && shootDown())
    first = arena_.take(count);
  if (!first)
    return std::unexpected{MemoryError::NoAddressSpace};
  const HvVirt start = pageAddress(*first);
  const HvPhys memory = hypervisor_.payloadMemory.begin + *first * pageSize;
  if (!hypervisor_.memory.map(start, memory, count * pageSize, Access::ReadWrite)) {
    arena_.giveBack(*first, count);
    return std::unexpected{MemoryError::NoMemory};
  }
  std::memset(reinterpret_cast<void *>(start.value), 0, count * pageSize);
  auto region = [&](size_t page, uint64_t size) {
    const HvVirt at = pageAddress(page);
    return PayloadRegion{suture::HvVirt{at.value}, {reinterpret_cast<std::byte *>(at.value), size}};
  };
  return PayloadMemory{region(*first, sizes.text), region(*first + text, sizes.constants),
                       region(*first + text + constants, sizes.data), makeCookie(*first, count)};
}

bool HvPlatform::protectPayload(const PayloadMemory &memory) noexcept {
  const size_t first = firstOf(memory.cookie);
  const size_t text = pagesFor(memory.text.bytes.size());
  const size_t constants = pagesFor(memory.constants.bytes.size());
  const bool done =
      hypervisor_.memory.protect(pageAddress(first), text * pageSize, Access::ReadExecute) &&
      hypervisor_.memory.protect(pageAddress(first + text), constants * pageSize, Access::ReadOnly);
  // Other CPUs never touched these pages; what they may have fetched ahead, they drop in the
  // rendezvous (RendezvousCpu::serialise).
  x86::flushTlb();
  if (done)
    arena_.markText(first, text);
  return done;
}

void HvPlatform::releasePayload(const PayloadMemory &memory) noexcept {
  const size_t first = firstOf(memory.cookie);
  const size_t count = countOf(memory.cookie);
  if (count == 0)
    return;
  if (!hypervisor_.memory.unmap(pageAddress(first), count * pageSize))
    panic("payload memory at page {} was not mapped", first);
  x86::flushTlb();
  arena_.giveBack(first, count);
}

std::optional<TargetSymbol> HvPlatform::findSymbol(std::string_view name) const noexcept {
  const auto found = symbols_.find(name);
  if (!found)
    return std::nullopt;
  return TargetSymbol{suture::HvVirt{found->first.address}, found->first.size,
                      kindOf(found->first.type), found->ambiguous};
}

std::span<const uint8_t> HvPlatform::buildId() const noexcept {
  // An ELF note: three words, the owner "GNU" and a NUL, the id.
  constexpr size_t headerSize = 16;
  const auto *bytes = reinterpret_cast<const uint8_t *>(buildIdNote);
  const auto size = static_cast<size_t>(buildIdNoteEnd - buildIdNote);
  return size <= headerSize ? std::span<const uint8_t>{}
                            : std::span{bytes + headerSize, size - headerSize};
}

std::optional<HvPhys> HvPlatform::physOfText(uint64_t address) const {
  if (address >= addressOf(imageStart) && address < addressOf(textEnd))
    return HvPhys{address - layout::image.value};
  const uint64_t offset = address - layout::payloads.value;
  if (address >= layout::payloads.value && arena_.isText(offset / pageSize, 1))
    return hypervisor_.payloadMemory.begin + offset;
  return std::nullopt;
}

bool HvPlatform::readText(suture::HvVirt address, std::span<uint8_t> out) const noexcept {
  if (out.empty())
    return true;
  const uint64_t last = address.value + out.size() - 1;
  if (last < address.value)
    return false;
  for (uint64_t page = address.value & ~(pageSize - 1); page <= last; page += pageSize)
    if (!physOfText(std::max(page, address.value)))
      return false;
  std::memcpy(out.data(), reinterpret_cast<const void *>(address.value), out.size());
  return true;
}

std::optional<UnpatchableRange> HvPlatform::findUnpatchable(suture::HvVirt address,
                                                            uint64_t size) const noexcept {
  const uint64_t start = std::max(address.value, addressOf(imageStart));
  const uint64_t end = std::min(address.value + size, addressOf(unpatchableEnd));
  if (start >= end)
    return std::nullopt;
  const auto symbol = symbols_.around(start);
  return UnpatchableRange{
      {addressOf(imageStart)}, {addressOf(unpatchableEnd)}, symbol ? symbol->name : "entry code"};
}

void HvPlatform::log(std::string_view line) noexcept { hv::log("{}", line); }

QuiesceResult HvPlatform::quiesce(const QuiesceRequest &request) noexcept {
  OwnedCommit owned{.platform = this, .request = &request};
  QuiesceRequest inner{
      .timeoutNs = request.timeoutNs, .commit = commitWithGifClear, .context = &owned};
  RendezvousCpu cpu{hypervisor_.clock};
  const auto cpuCount = static_cast<uint32_t>(hypervisor_.cpuCount);
  const QuiesceResult result =
      rendezvous_.lead(inner, cpuCount, cpu, [&] { hypervisor_.kickOthers(); });
  if (result.outcome == QuiesceOutcome::Done)
    arena_.forgetStale(); // every CPU has just dropped its TLB
  hv::log("livepatch: rendezvous of {} of {} CPUs: {} ns ({} ticks); pause: {} ns ({} ticks)",
          result.cpusStopped, result.cpusWanted, result.times.rendezvousNs,
          result.times.rendezvousTicks, result.times.pauseNs, result.times.pauseTicks);
  return result;
}

/// What runs while all other CPUs are stopped, with NMI and machine check held off: GIF is clear
/// (APM vol.2 15.17).
void HvPlatform::commitWithGifClear(void *context) noexcept {
  const auto &owned = *static_cast<const OwnedCommit *>(context);
  asm volatile("clgi" : : : "memory");
  owned.request->commit(owned.request->context);
  owned.platform->alias_.drop();
  asm volatile("stgi" : : : "memory");
}

void HvPlatform::makeAlias(suture::HvVirt address, uint64_t size) {
  const uint64_t last = address.value + size - 1;
  if (address.value >= addressOf(imageStart) && last < addressOf(textEnd)) {
    alias_.showImage();
  } else {
    // A patch may cross a page.
    const uint64_t page = address.value & ~(pageSize - 1);
    const auto first = physOfText(page), second = physOfText(last);
    if (!first || !second)
      panic("patching {x}, which is no text", address.value);
    const HvPhys memory[] = {*first, second->alignedDown(pageSize)};
    alias_.showPages(page, std::span{memory}.first(last - page < pageSize ? 1 : 2));
  }
}

void HvPlatform::writeAnywhere(suture::HvVirt address, std::span<const uint8_t> bytes,
                               std::span<uint8_t> saved) {
  if (!alias_.shows(address, bytes.size()))
    makeAlias(address, bytes.size());
  uint8_t *place = alias_.at(address);
  if (!saved.empty())
    std::memcpy(saved.data(), place, saved.size());
  std::memcpy(place, bytes.data(), bytes.size());
}

void HvPlatform::setDeadline(uint64_t deadlineNs) noexcept {
  // Past a century there is no overflow to fear, and no deadline to meet.
  constexpr uint64_t century = uint64_t{100} * 366 * 24 * 3600 * 1'000'000'000;
  deadlineTicks_ = deadlineNs > century
                       ? ~uint64_t{0}
                       : hypervisor_.clock.start() + hypervisor_.clock.toTicks(deadlineNs);
}

int32_t HvPlatform::callHook(suture::HvVirt function, void *argument) noexcept {
  // A hook may be called in the middle of a commit: nothing but writeText() has the alias.
  alias_.drop();
  auto *hook = reinterpret_cast<int32_t (*)(void *)>(function.value);
  return hook(argument);
}

} // namespace suture::hv
