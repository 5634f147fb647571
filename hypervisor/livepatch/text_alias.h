// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a commit writes: text is mapped RX for all CPUs, and this is one CPU's own writable view of
// it, which exists only while all others are stopped.
//
// The image's text is shown whole, in large pages: a payload's functions lie all over it, and
// showing it page by page costs an INVLPG and some fifty instructions for each of them while every
// CPU waits. Payload text, which hardly anybody patches, is shown by the page.
//
//   CPU-local address space   0      pages of payload text
//                             2 MiB  the image from its start on, as far as its text goes

#include "hypervisor/memory/address_space.h"
#include "runtime/address.h"
#include "runtime/format/payload.h"

#include <cstdint>
#include <span>

namespace suture::hv {

/// Context: one CPU, whose own these entries are; stopped.
class TextAlias final {
public:
  /// \param image  the image's text; starts on a large page.
  TextAlias(const AliasEntries &entries, std::span<const std::byte> image);
  TextAlias(const TextAlias &) = delete;
  TextAlias &operator=(const TextAlias &) = delete;

  /// Whether all of a jump at `address` is shown.
  [[nodiscard]] bool showsJump(suture::HvVirt address) const {
    // Below the window the difference wraps, and is too large.
    return address.value - begin_ < jumpPlaces_;
  }
  /// The same for `size` bytes.
  [[nodiscard]] bool shows(suture::HvVirt address, uint64_t size) const {
    const uint64_t offset = address.value - begin_;
    return offset < size_ && size <= size_ - offset;
  }
  /// Where to write what is to stand at an address that is shown.
  [[nodiscard]] uint8_t *at(suture::HvVirt address) const {
    return view_ + (address.value - begin_);
  }

  /// Shows the image's text.
  void showImage();
  /// Shows one page or two of other text.
  /// \param page    hypervisor address of the first, page-aligned.
  /// \param memory  machine addresses, one a page.
  void showPages(uint64_t page, std::span<const HvPhys> memory);
  /// Shows nothing any more. No CPU can write to text after it.
  void drop();

private:
  void show(uint64_t begin, uint64_t size, HvVirt view);

  AliasEntries entries_;
  std::span<const std::byte> image_;
  /// What is shown: size_ bytes of text from begin_ on, at view_; and how many places of it a whole
  /// jump can start at.
  uint64_t begin_ = 0, size_ = 0, jumpPlaces_ = 0;
  uint8_t *view_ = nullptr;
  bool imageIsMapped_ = false, pagesAreMapped_ = false;
};

} // namespace suture::hv
