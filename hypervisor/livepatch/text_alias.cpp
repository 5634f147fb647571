// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/livepatch/unpatchable_unit.h"

#include "hypervisor/livepatch/text_alias.h"

#include "hypervisor/x86/instructions.h"

#include <algorithm>

namespace suture::hv {
namespace {

constexpr HvVirt pagesView = layout::cpuLocal;
constexpr HvVirt imageView = layout::cpuLocal + largePageSize;
constexpr uint64_t writable = leafBits({.access = Access::ReadWrite});

/// INVLPG drops what the TLB holds for an address, of a large page too, and serialises: a later
/// access through the alias sees the new entry (APM vol.2 5.5.2, 7.6.1).
void write(uint64_t &entry, uint64_t value, HvVirt at) {
  entry = value;
  x86::invlpg(at.value);
}

} // namespace

TextAlias::TextAlias(const AliasEntries &entries, std::span<const std::byte> image)
    : entries_{entries}, image_{image} {}

void TextAlias::show(uint64_t begin, uint64_t size, HvVirt view) {
  begin_ = begin;
  size_ = size;
  jumpPlaces_ = size - (format::jumpSize - 1);
  view_ = reinterpret_cast<uint8_t *>(view.value);
}

void TextAlias::showImage() {
  const HvPhys memory = layout::physOfImage(image_.data());
  for (uint64_t at = 0; !imageIsMapped_ && at < image_.size(); at += largePageSize)
    write(entries_.largePages[(imageView + at - layout::cpuLocal) / largePageSize],
          (memory + at).value | writable | page_entry::large, imageView + at);
  imageIsMapped_ = true;
  // As far as text goes: the rest of the last large page is not for writing.
  show(reinterpret_cast<uint64_t>(image_.data()), image_.size(), imageView);
}

void TextAlias::showPages(uint64_t page, std::span<const HvPhys> memory) {
  for (size_t index = 0; index < memory.size(); ++index)
    write(entries_.pages[index], memory[index].value | writable, pagesView + index * pageSize);
  pagesAreMapped_ = true;
  show(page, memory.size() * pageSize, pagesView);
}

void TextAlias::drop() {
  for (uint64_t at = 0; imageIsMapped_ && at < image_.size(); at += largePageSize)
    write(entries_.largePages[(imageView + at - layout::cpuLocal) / largePageSize], 0,
          imageView + at);
  for (size_t index = 0; pagesAreMapped_ && index < entries_.pages.size(); ++index)
    write(entries_.pages[index], 0, pagesView + index * pageSize);
  imageIsMapped_ = pagesAreMapped_ = false;
  begin_ = size_ = jumpPlaces_ = 0;
}

} // namespace suture::hv
