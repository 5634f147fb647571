// SPDX-License-Identifier: Apache-2.0
#pragma once
// Finds a value by a key that the value itself knows.
//
// Open addressing with linear probing; each slot has the key's whole hash beside the value, so that
// a wrong candidate costs no look at the value, and growing needs no key. Removal shifts the rest
// of the run back instead of leaving a tombstone: a table that sees 100,000 loads and unloads stays
// as fast as a new one. At most 3/4 full. Rejected: chains (a block of memory for each entry).

#include "runtime/memory/array.h"

#include <cstdint>

namespace suture {

/// \tparam V  a small trivially copyable value, such as a pointer.
template <typename V, BookkeepingMemory P>
  requires std::is_trivially_copyable_v<V>
class HashIndex final {
public:
  explicit HashIndex(P &platform) noexcept : slots_(platform), platform_(&platform) {}

  /// Makes room for `more` entries beside those there are, so that insert() cannot fail.
  [[nodiscard]] bool reserve(size_t more) noexcept {
    if (more > SIZE_MAX / 4 - used_)
      return false;
    const size_t wanted = used_ + more;
    if (wanted * 4 <= slots_.size() * 3)
      return true;
    size_t capacity = std::max<size_t>(16, slots_.size());
    while (wanted * 4 > capacity * 3)
      capacity *= 2;
    OwnedArray<Slot, P> larger{*platform_};
    if (!larger.make(capacity))
      return false;
    for (const Slot &slot : slots_.items())
      if (slot.used)
        place(larger.items(), slot);
    slots_ = std::move(larger);
    return true;
  }

  /// Precondition: reserve() made room. Equal keys may be inserted more than once.
  void insert(uint64_t hash, const V &value) noexcept {
    place(slots_.items(), Slot{.hash = hash, .value = value, .used = true});
    ++used_;
  }

  /// The first entry with this hash for which `matches(value)` holds, or null. Stays valid until
  /// the next insert, reserve or remove.
  template <typename Matches>
  [[nodiscard]] const V *find(uint64_t hash, Matches &&matches) const noexcept {
    size_t index = locate(hash, matches);
    return index == npos ? nullptr : &slots_[index].value;
  }

  /// Removes that entry; false when there is none.
  template <typename Matches> bool remove(uint64_t hash, Matches &&matches) noexcept {
    size_t hole = locate(hash, matches);
    if (hole == npos)
      return false;
    const size_t mask = slots_.size() - 1;
    // An entry further on in the run moves into the hole when its home is not between the two.
    for (size_t next = (hole + 1) & mask; slots_[next].used; next = (next + 1) & mask) {
      size_t home = slots_[next].hash & mask;
      if (((next - home) & mask) < ((next - hole) & mask))
        continue;
      slots_[hole] = slots_[next];
      hole = next;
    }
    slots_[hole] = Slot{};
    --used_;
    return true;
  }

  [[nodiscard]] size_t size() const noexcept { return used_; }

private:
  struct Slot {
    uint64_t hash = 0;
    V value{};
    bool used = false;
  };

  static constexpr size_t npos = SIZE_MAX;

  template <typename Matches>
  [[nodiscard]] size_t locate(uint64_t hash, Matches &matches) const noexcept {
    if (slots_.size() == 0)
      return npos;
    const size_t mask = slots_.size() - 1;
    for (size_t index = hash & mask; slots_[index].used; index = (index + 1) & mask)
      if (slots_[index].hash == hash && matches(slots_[index].value))
        return index;
    return npos;
  }

  static void place(std::span<Slot> slots, const Slot &slot) noexcept {
    const size_t mask = slots.size() - 1;
    size_t index = slot.hash & mask;
    while (slots[index].used)
      index = (index + 1) & mask;
    slots[index] = slot;
  }

  OwnedArray<Slot, P> slots_;
  P *platform_;
  size_t used_ = 0;
};

} // namespace suture
