// SPDX-License-Identifier: Apache-2.0
#include "runtime/testing/fake_platform.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

namespace suture::testing {
namespace {

constexpr uint64_t pageSize = 4096;

/// A broken promise of the core is a bug, not a test's failed expectation.
void require(bool kept, const char *promise) {
  if (kept)
    return;
  std::fprintf(stderr, "FakePlatform: broken promise: %s\n", promise);
  std::abort();
}

} // namespace

FakePlatform::FakePlatform(size_t size) {
  // Bytes that differ everywhere, so that a write to the wrong place shows.
  static const std::vector<uint8_t> noise = [] {
    std::vector<uint8_t> bytes(textSize);
    std::mt19937 random{20191213};
    std::ranges::generate(bytes, [&] { return static_cast<uint8_t>(random()); });
    return bytes;
  }();
  text_.assign(noise.begin(), noise.begin() + static_cast<ptrdiff_t>(size));
  for (uint8_t index = 0; index < 20; ++index)
    buildId_.push_back(static_cast<uint8_t>(0xa0 + index));
}

FakePlatform::~FakePlatform() {
  require(blocks_.empty(), "every block comes back");
  require(payloads_.empty(), "every payload's memory comes back");
}

void FakePlatform::addSymbol(std::string name, HvVirt address, uint64_t size, SymbolKind kind) {
  symbols_[std::move(name)] = {.address = address, .size = size, .kind = kind};
}

void FakePlatform::markAmbiguous(std::string_view name) {
  symbols_.at(std::string(name)).ambiguous = true;
}

void FakePlatform::addUnpatchable(HvVirt start, HvVirt end, std::string_view name) {
  unpatchable_.push_back({.start = start, .end = end, .name = name});
}

void FakePlatform::setHook(HvVirt function, std::function<int32_t(void *)> hook) {
  hooks_[function] = std::move(hook);
}

void FakePlatform::poke(HvVirt address, std::span<const uint8_t> bytes) {
  require(find(address, bytes.size()) != nullptr, "poke() writes to text");
  std::ranges::copy(bytes, text_.begin() + static_cast<ptrdiff_t>(address - textStart));
}

std::vector<uint8_t> FakePlatform::peek(HvVirt address, size_t size) const {
  std::vector<uint8_t> bytes(size);
  require(readText(address, bytes), "peek() reads text");
  return bytes;
}

void FakePlatform::failNext(Fallible call, uint32_t skip) { failures_[call] = skip; }

void FakePlatform::clearFailures() {
  failures_.clear();
  failAny_.reset();
}

bool FakePlatform::shouldFail(Fallible call) noexcept {
  if (failAny_ && (*failAny_)-- == 0) {
    failAny_.reset();
    return true;
  }
  auto planned = failures_.find(call);
  if (planned == failures_.end() || planned->second-- > 0)
    return false;
  failures_.erase(planned);
  return true;
}

std::span<std::byte> FakePlatform::allocate(size_t size, size_t alignment) noexcept {
  require(!stopped_, "nothing is allocated while stopped");
  require(size > 0 && alignment > 0 && (alignment & (alignment - 1)) == 0, "allocate()'s contract");
  if (shouldFail(Fallible::Allocate))
    return {};
  auto memory = std::make_unique<std::byte[]>(size);
  // Contents are undefined: make that visible.
  std::memset(memory.get(), 0xa5, size);
  std::byte *start = memory.get();
  blocks_[start] = {size, std::move(memory)};
  return {start, size};
}

void FakePlatform::release(std::span<std::byte> block) noexcept {
  require(!stopped_, "nothing is released while stopped");
  auto found = blocks_.find(block.data());
  require(found != blocks_.end() && found->second.first == block.size(),
          "release() gets what allocate() gave");
  blocks_.erase(found);
}

std::expected<PayloadMemory, MemoryError>
FakePlatform::allocatePayload(const PayloadSizes &sizes) noexcept {
  require(!stopped_, "nothing is allocated while stopped");
  if (shouldFail(Fallible::AllocatePayload))
    return std::unexpected(MemoryError::NoMemory);
  if (shouldFail(Fallible::AllocateAddresses))
    return std::unexpected(MemoryError::NoAddressSpace);
  const uint64_t cookie = nextCookie_++;
  PayloadSpace &space = payloads_[cookie];
  space.text.resize(sizes.text);
  space.constants.resize(sizes.constants);
  space.data.resize(sizes.data);
  auto place = [this](std::vector<std::byte> &bytes) {
    PayloadRegion region{.address = nextPayload_, .bytes = bytes};
    // A page between regions: an access past the end hits nothing.
    nextPayload_ = nextPayload_ + (bytes.size() + 2 * pageSize - 1) / pageSize * pageSize;
    return region;
  };
  PayloadMemory memory{.text = place(space.text),
                       .constants = place(space.constants),
                       .data = place(space.data),
                       .cookie = cookie};
  if (!space.text.empty())
    payloadText_[memory.text.address] = memory.text.bytes;
  return memory;
}

bool FakePlatform::protectPayload(const PayloadMemory &memory) noexcept {
  if (shouldFail(Fallible::ProtectPayload))
    return false;
  payloads_.at(memory.cookie).isProtected = true;
  return true;
}

void FakePlatform::releasePayload(const PayloadMemory &memory) noexcept {
  require(!stopped_, "nothing is released while stopped");
  require(payloads_.erase(memory.cookie) == 1, "releasePayload() gets what allocatePayload() gave");
  payloadText_.erase(memory.text.address);
}

std::optional<TargetSymbol> FakePlatform::findSymbol(std::string_view name) const noexcept {
  auto found = symbols_.find(std::string(name));
  return found == symbols_.end() ? std::nullopt : std::optional{found->second};
}

const uint8_t *FakePlatform::find(HvVirt address, size_t size) const noexcept {
  const uint64_t offset = address - textStart;
  if (offset < text_.size() && size <= text_.size() - offset)
    return text_.data() + offset;
  auto next = payloadText_.upper_bound(address);
  if (next == payloadText_.begin())
    return nullptr;
  const auto &[start, bytes] = *std::prev(next);
  const uint64_t inside = address - start;
  if (inside >= bytes.size() || size > bytes.size() - inside)
    return nullptr;
  return reinterpret_cast<const uint8_t *>(bytes.data()) + inside;
}

bool FakePlatform::readText(HvVirt address, std::span<uint8_t> out) const noexcept {
  const uint8_t *bytes = find(address, out.size());
  if (bytes == nullptr)
    return false;
  std::copy_n(bytes, out.size(), out.begin());
  return true;
}

std::optional<UnpatchableRange> FakePlatform::findUnpatchable(HvVirt address,
                                                              uint64_t size) const noexcept {
  for (const UnpatchableRange &range : unpatchable_)
    if (address < range.end && range.start < address + size)
      return range;
  return std::nullopt;
}

void FakePlatform::log(std::string_view line) noexcept {
  require(!stopped_, "nothing is logged while stopped");
  log_.emplace_back(line);
}

QuiesceResult FakePlatform::quiesce(const QuiesceRequest &request) noexcept {
  require(!stopped_ && request.timeoutNs != 0, "quiesce()'s contract");
  calls_.emplace_back("quiesce");
  QuiesceResult result{.outcome = QuiesceOutcome::Done, .cpusStopped = 4, .cpusWanted = 4};
  result.times = {.rendezvousNs = 100, .rendezvousTicks = 300, .pauseNs = 200, .pauseTicks = 600};
  if (shouldFail(Fallible::QuiesceTimeout)) {
    result.outcome = QuiesceOutcome::TimedOut;
    result.cpusStopped = 3;
    return result;
  }
  if (shouldFail(Fallible::QuiesceBusy)) {
    result.outcome = QuiesceOutcome::Busy;
    return result;
  }
  stopped_ = true;
  request.commit(request.context);
  stopped_ = false;
  calls_.emplace_back("resume");
  return result;
}

void FakePlatform::writeText(HvVirt address, std::span<const uint8_t> bytes,
                             std::span<uint8_t> saved) noexcept {
  require(stopped_, "text is written while stopped only");
  require(!bytes.empty() && bytes.size() <= 31, "1 to 31 bytes are written");
  const uint8_t *place = find(address, bytes.size());
  require(place != nullptr, "only text is written");
  require(saved.empty() || saved.size() == bytes.size(), "saved is as long as what is written");
  std::copy_n(place, saved.size(), saved.begin());
  writes_.push_back({.address = address,
                     .before = std::vector(place, place + bytes.size()),
                     .after = std::vector(bytes.begin(), bytes.end())});
  calls_.emplace_back("write");
  // Through the image's own alias, as a hypervisor would through a temporary mapping.
  if (address - textStart < text_.size()) {
    std::ranges::copy(bytes, text_.begin() + static_cast<ptrdiff_t>(address - textStart));
    return;
  }
  auto text = std::prev(payloadText_.upper_bound(address));
  std::ranges::copy(std::as_bytes(bytes),
                    text->second.begin() + static_cast<ptrdiff_t>(address - text->first));
}

int32_t FakePlatform::callHook(HvVirt function, void *argument) noexcept {
  calls_.emplace_back(stopped_ ? "hook stopped" : "hook");
  if (auto found = hooks_.find(function); found != hooks_.end())
    return found->second(argument);
  return anyHook_ ? anyHook_(function, argument) : 0;
}

bool FakePlatform::supports(SpecialKind) const noexcept { return specialSupported_; }

std::expected<void, SpecialError>
FakePlatform::attachSection(const PayloadMemory &memory, const SpecialSection &section) noexcept {
  require(!payloads_.at(memory.cookie).isProtected, "sections are attached before protection");
  if (specialError_)
    return std::unexpected(*specialError_);
  attached_.push_back(section);
  return {};
}

void FakePlatform::detachSections(const PayloadMemory &) noexcept { calls_.emplace_back("detach"); }

} // namespace suture::testing
