// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/livepatch/payload_arena.h"

#include <algorithm>

namespace suture::hv {

std::optional<size_t> PayloadArena::findFree(size_t from, size_t end, size_t count) const {
  size_t run = 0;
  for (size_t page = from; page < end; ++page) {
    run = pages_[page] == ArenaPage::Free ? run + 1 : 0;
    if (run == count)
      return page + 1 - count;
  }
  return std::nullopt;
}

std::optional<size_t> PayloadArena::take(size_t count) {
  if (count == 0 || count > pages_.size())
    return std::nullopt;
  auto first = findFree(next_, pages_.size(), count);
  if (!first)
    first = findFree(0, std::min(next_ + count - 1, pages_.size()), count);
  if (!first)
    return std::nullopt;
  std::ranges::fill(pages_.subspan(*first, count), ArenaPage::Data);
  taken_ += count;
  next_ = *first + count;
  return first;
}

void PayloadArena::markText(size_t first, size_t count) {
  std::ranges::fill(pages_.subspan(first, count), ArenaPage::Text);
}

void PayloadArena::giveBack(size_t first, size_t count) {
  std::ranges::fill(pages_.subspan(first, count), ArenaPage::Stale);
  taken_ -= count;
  stale_ += count;
}

void PayloadArena::forgetStale() {
  if (stale_ == 0)
    return;
  std::ranges::replace(pages_, ArenaPage::Stale, ArenaPage::Free);
  stale_ = 0;
}

} // namespace suture::hv
