// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/verify/offline_platform.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <elf.h>

namespace suture::builder {

namespace {

constexpr uint64_t pageSize = 4096;

uint64_t roundToPage(uint64_t size) { return (size + pageSize - 1) / pageSize * pageSize; }

SymbolKind kindOf(const ElfSymbol &symbol) {
  switch (symbol.type) {
  case STT_FUNC:
    return SymbolKind::Function;
  case STT_OBJECT:
    return SymbolKind::Object;
  default:
    return SymbolKind::Other;
  }
}

} // namespace

void OfflinePlatform::Free::operator()(std::byte *block) const { std::free(block); }

OfflinePlatform::OfflinePlatform(const TargetImage &image) : image_(image) {
  uint64_t start = UINT64_MAX, end = 0;
  for (const ElfSection &section : image.file().sections()) {
    if ((section.flags & SHF_ALLOC) == 0)
      continue;
    start = std::min(start, section.address);
    end = std::max(end, section.address + section.size);
    if ((section.flags & SHF_EXECINSTR) == 0)
      continue;
    imageText_.emplace_back(section.bytes.begin(), section.bytes.end());
    text_.push_back({section.address, {}});
  }
  for (size_t i = 0; i < imageText_.size(); ++i)
    text_[i].bytes = imageText_[i];
  // Payloads lie behind the image, as far as the address space allows; else before it.
  constexpr uint64_t room = 256ull << 20;
  nextPayload_ = roundToPage(end);
  if (nextPayload_ > UINT64_MAX - room)
    nextPayload_ = (start - room) / pageSize * pageSize;
}

std::span<std::byte> OfflinePlatform::allocate(size_t size, size_t alignment) noexcept {
  // aligned_alloc wants a size that is a multiple of the alignment, and an alignment of a pointer.
  const size_t step = std::max(alignment, sizeof(void *));
  Block block(static_cast<std::byte *>(std::aligned_alloc(step, (size + step - 1) / step * step)));
  if (block == nullptr)
    return {};
  std::byte *start = block.get();
  blocks_.emplace(start, std::move(block));
  return {start, size};
}

void OfflinePlatform::release(std::span<std::byte> block) noexcept { blocks_.erase(block.data()); }

PayloadRegion OfflinePlatform::makeRegion(uint64_t size, bool isText) {
  if (size == 0)
    return {};
  const std::span<std::byte> bytes = allocate(roundToPage(size), pageSize);
  std::memset(bytes.data(), 0, bytes.size());
  const PayloadRegion region{HvVirt{nextPayload_}, bytes.first(size)};
  nextPayload_ += bytes.size();
  if (isText)
    text_.push_back({region.address.value, {reinterpret_cast<uint8_t *>(bytes.data()), size}});
  return region;
}

std::expected<PayloadMemory, MemoryError>
OfflinePlatform::allocatePayload(const PayloadSizes &sizes) noexcept {
  PayloadMemory memory;
  memory.text = makeRegion(sizes.text, true);
  memory.constants = makeRegion(sizes.constants, false);
  memory.data = makeRegion(sizes.data, false);
  return memory;
}

bool OfflinePlatform::protectPayload(const PayloadMemory &) noexcept { return true; }

void OfflinePlatform::releasePayload(const PayloadMemory &memory) noexcept {
  std::erase_if(text_, [&](const TextArea &area) {
    return !memory.text.bytes.empty() && area.address == memory.text.address.value;
  });
  for (const PayloadRegion *region : {&memory.text, &memory.constants, &memory.data})
    if (!region->bytes.empty())
      release(region->bytes);
}

std::optional<TargetSymbol> OfflinePlatform::findSymbol(std::string_view name) const noexcept {
  std::optional<TargetSymbol> result;
  // A local name has the file before it.
  const size_t hash = name.find('#');
  const std::string_view plain = hash == std::string_view::npos ? name : name.substr(hash + 1);
  for (const SymbolIndex index : image_.named(plain)) {
    if (image_.loaderName(index) != name)
      continue;
    const ElfSymbol &symbol = image_.symbol(index);
    if (!result)
      result = TargetSymbol{.address = {symbol.value}, .size = symbol.size, .kind = kindOf(symbol)};
    else if (result->address.value != symbol.value)
      result->ambiguous = true;
  }
  return result;
}

const OfflinePlatform::TextArea *OfflinePlatform::areaOf(HvVirt address, uint64_t size) const {
  const auto found = std::ranges::find_if(text_, [&](const TextArea &area) {
    return address.value >= area.address && address.value - area.address <= area.bytes.size() &&
           size <= area.bytes.size() - (address.value - area.address);
  });
  return found == text_.end() ? nullptr : &*found;
}

bool OfflinePlatform::readText(HvVirt address, std::span<uint8_t> out) const noexcept {
  const TextArea *area = areaOf(address, out.size());
  if (area == nullptr)
    return false;
  std::ranges::copy(area->bytes.subspan(address.value - area->address, out.size()), out.begin());
  return true;
}

std::optional<UnpatchableRange> OfflinePlatform::findUnpatchable(HvVirt address,
                                                                 uint64_t size) const noexcept {
  const TargetRange range = image_.unpatchable();
  if (address.value < range.end.value && range.start.value < address.value + size)
    return UnpatchableRange{
        {range.start.value}, {range.end.value}, "the livepatch path and entry code"};
  return std::nullopt;
}

void OfflinePlatform::log(std::string_view line) noexcept { lines_.emplace_back(line); }

QuiesceResult OfflinePlatform::quiesce(const QuiesceRequest &request) noexcept {
  request.commit(request.context);
  QuiesceResult result;
  result.cpusStopped = result.cpusWanted = 1;
  return result;
}

void OfflinePlatform::writeText(HvVirt address, std::span<const uint8_t> bytes,
                                std::span<uint8_t> saved) noexcept {
  (void)readText(address, saved);
  if (const TextArea *area = areaOf(address, bytes.size()))
    std::ranges::copy(bytes,
                      area->bytes.begin() + static_cast<ptrdiff_t>(address.value - area->address));
}

} // namespace suture::builder
