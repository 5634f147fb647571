// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which pages of payload memory are taken, and for what. Pages that were given back wait until no
// CPU's TLB can know them any more (APM vol.2 5.5.2), and only then are free again; the search goes
// on where it ended last, so that addresses come back as late as possible.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace suture::hv {

enum class ArenaPage : uint8_t {
  Free,
  /// Written to, or constants, or data: never executed.
  Data,
  /// Executable.
  Text,
  /// Given back; a TLB may still hold it.
  Stale,
};

class PayloadArena final {
public:
  constexpr PayloadArena() = default;
  /// \param pages  one per page, all Free; outlives the arena.
  explicit PayloadArena(std::span<ArenaPage> pages) : pages_{pages} {}

  /// `count` pages in a row, as Data; the number of the first. Nothing when no such row is free.
  [[nodiscard]] std::optional<size_t> take(size_t count);
  /// Makes pages that were taken executable.
  void markText(size_t first, size_t count);
  /// Gives pages back, as Stale.
  void giveBack(size_t first, size_t count);
  /// Every TLB has forgotten the pages that are Stale now.
  void forgetStale();

  [[nodiscard]] bool hasStale() const { return stale_ != 0; }
  /// Whether all of them are Text. Any context.
  [[nodiscard]] bool isText(size_t first, size_t count) const {
    if (first > pages_.size() || count > pages_.size() - first)
      return false;
    for (ArenaPage page : pages_.subspan(first, count))
      if (page != ArenaPage::Text)
        return false;
    return true;
  }
  /// Pages that are taken.
  [[nodiscard]] size_t taken() const { return taken_; }

private:
  [[nodiscard]] std::optional<size_t> findFree(size_t from, size_t end, size_t count) const;

  std::span<ArenaPage> pages_;
  size_t next_ = 0;
  size_t taken_ = 0;
  size_t stale_ = 0;
};

} // namespace suture::hv
