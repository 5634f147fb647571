// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/host_platform.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace suture::host {

HostPlatform::HostPlatform(HostImage image, size_t poolSize)
    : text_(image.text), payloadText_(PayloadPool::Kind::Text, image.text.data(), poolSize),
      payloadConstants_(PayloadPool::Kind::Constants, image.text.data(), poolSize),
      payloadData_(PayloadPool::Kind::Data, image.text.data(), poolSize),
      buildId_(std::move(image.buildId)), unpatchable_(std::move(image.unpatchable)) {
  for (HostSymbol &symbol : image.symbols) {
    const TargetSymbol target{.address = HvVirt{reinterpret_cast<uint64_t>(symbol.address)},
                              .size = symbol.size,
                              .kind = symbol.kind};
    auto [place, isNew] = symbols_.try_emplace(std::move(symbol.name), target);
    if (!isNew && place->second.address != target.address)
      place->second.ambiguous = true;
  }
}

bool HostPlatform::isUsable() const noexcept {
  return text_.isUsable() && payloadText_.isUsable() && payloadConstants_.isUsable() &&
         payloadData_.isUsable();
}

void HostPlatform::leaveCpus() noexcept {
  // A rendezvous that counts on this thread must not wait in vain.
  cpus_.fetch_sub(1);
  safePoint();
}

std::span<std::byte> HostPlatform::allocate(size_t size, size_t alignment) noexcept {
  const size_t rounded = (size + alignment - 1) / alignment * alignment;
  auto *start = static_cast<std::byte *>(std::aligned_alloc(alignment, rounded));
  return start == nullptr ? std::span<std::byte>{} : std::span{start, size};
}

void HostPlatform::release(std::span<std::byte> block) noexcept { std::free(block.data()); }

std::expected<PayloadMemory, MemoryError>
HostPlatform::allocatePayload(const PayloadSizes &sizes) noexcept {
  auto text = payloadText_.allocate(sizes.text);
  auto constants = payloadConstants_.allocate(sizes.constants);
  auto data = payloadData_.allocate(sizes.data);
  PayloadMemory memory{.text = text.value_or(PayloadRegion{}),
                       .constants = constants.value_or(PayloadRegion{}),
                       .data = data.value_or(PayloadRegion{})};
  if (text && constants && data)
    return memory;
  releasePayload(memory);
  return std::unexpected(MemoryError::NoAddressSpace);
}

bool HostPlatform::protectPayload(const PayloadMemory &memory) noexcept {
  return payloadText_.protect(memory.text) && payloadConstants_.protect(memory.constants) &&
         payloadData_.protect(memory.data);
}

void HostPlatform::releasePayload(const PayloadMemory &memory) noexcept {
  payloadText_.release(memory.text);
  payloadConstants_.release(memory.constants);
  payloadData_.release(memory.data);
}

std::optional<TargetSymbol> HostPlatform::findSymbol(std::string_view name) const noexcept {
  auto found = symbols_.find(name);
  return found == symbols_.end() ? std::nullopt : std::optional{found->second};
}

const std::byte *HostPlatform::aliasOf(HvVirt address, uint64_t size) const noexcept {
  if (text_.contains(address, size))
    return text_.aliasOf(address);
  return payloadText_.contains(address, size) ? payloadText_.aliasOf(address) : nullptr;
}

bool HostPlatform::readText(HvVirt address, std::span<uint8_t> out) const noexcept {
  const std::byte *bytes = aliasOf(address, out.size());
  if (bytes == nullptr)
    return false;
  std::memcpy(out.data(), bytes, out.size());
  return true;
}

std::optional<UnpatchableRange> HostPlatform::findUnpatchable(HvVirt address,
                                                              uint64_t size) const noexcept {
  auto found = std::ranges::find_if(unpatchable_, [&](const UnpatchableRange &range) {
    return address < range.end && range.start < address + size;
  });
  return found == unpatchable_.end() ? std::nullopt : std::optional{*found};
}

void HostPlatform::log(std::string_view line) noexcept {
  if (log_)
    log_(line);
}

QuiesceResult HostPlatform::quiesce(const QuiesceRequest &request) noexcept {
  safePointRequested_ = false;
  HostCpu cpu;
  // Threads look at the rendezvous by themselves: there is nobody to kick.
  return rendezvous_.lead(request, cpus_.load() + 1, cpu, [] {});
}

void HostPlatform::writeText(HvVirt address, std::span<const uint8_t> bytes,
                             std::span<uint8_t> saved) noexcept {
  if (text_.contains(address, bytes.size())) {
    std::byte *alias = text_.aliasOf(address);
    if (!saved.empty())
      std::memcpy(saved.data(), alias, saved.size());
    std::memcpy(alias, bytes.data(), bytes.size());
    return;
  }
  if (!saved.empty())
    (void)readText(address, saved);
  payloadText_.write(address, bytes);
}

int32_t HostPlatform::callHook(HvVirt function, void *argument) noexcept {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a function in a payload's text.
  return reinterpret_cast<int32_t (*)(void *)>(function.value)(argument);
}

} // namespace suture::host
