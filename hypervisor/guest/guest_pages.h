// SPDX-License-Identifier: Apache-2.0
#pragma once
// The pages that a guest is made of, given back together when it comes to nothing half way.

#include "hypervisor/lib/address.h"

#include <array>
#include <cstddef>
#include <optional>

namespace suture::hv {

/// \tparam Allocator  as PageAllocator: allocate(order), release(block, order); outlives this.
template <class Allocator> class GuestPages final {
public:
  explicit GuestPages(Allocator &pages) : pages_{pages} {}
  GuestPages(const GuestPages &) = delete;
  GuestPages &operator=(const GuestPages &) = delete;
  ~GuestPages() {
    while (count_ > 0) {
      --count_;
      pages_.release(taken_[count_].at, taken_[count_].order);
    }
  }

  /// 2^order pages; their contents are undefined. Nothing when there are none, or when the guest
  /// has as many pieces as it may.
  [[nodiscard]] std::optional<HvPhys> take(unsigned order) {
    if (count_ == taken_.size())
      return std::nullopt;
    const auto block = pages_.allocate(order);
    if (block)
      taken_[count_++] = {*block, order};
    return block;
  }

  /// The guest lives: its pages are its own from now on.
  void keep() { count_ = 0; }

private:
  struct Block {
    HvPhys at;
    unsigned order = 0;
  };

  /// Enough for its records, memory and maps, and for nested tables of large pages.
  static constexpr size_t mostPieces = 32;

  Allocator &pages_;
  std::array<Block, mostPieces> taken_{};
  size_t count_ = 0;
};

} // namespace suture::hv
