// SPDX-License-Identifier: Apache-2.0
#pragma once
// Arrays whose memory comes from the platform: one of fixed size for a table or a scratch area, one
// that grows. Growing may fail, so it says so; nothing here throws or aborts.

#include "runtime/platform.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace suture {

/// `count` values of T, value-initialised, released with the array. Empty after a failed make().
template <typename T, BookkeepingMemory P>
  requires std::is_trivially_destructible_v<T>
class OwnedArray final {
public:
  explicit OwnedArray(P &platform) noexcept : platform_(&platform) {}
  OwnedArray(OwnedArray &&other) noexcept
      : platform_(other.platform_), block_(std::exchange(other.block_, {})),
        items_(std::exchange(other.items_, {})) {}
  OwnedArray &operator=(OwnedArray &&other) noexcept {
    std::swap(platform_, other.platform_);
    std::swap(block_, other.block_);
    std::swap(items_, other.items_);
    return *this;
  }
  OwnedArray(const OwnedArray &) = delete;
  OwnedArray &operator=(const OwnedArray &) = delete;
  ~OwnedArray() { reset(); }

  /// Replaces the contents by `count` new values. False, and empty, when there is no memory.
  [[nodiscard]] bool make(size_t count) noexcept {
    reset();
    if (count == 0)
      return true;
    if (count > SIZE_MAX / sizeof(T))
      return false;
    block_ = platform_->allocate(count * sizeof(T), alignof(T));
    if (block_.empty())
      return false;
    T *first = new (block_.data()) T{};
    std::uninitialized_value_construct_n(first + 1, count - 1);
    items_ = {std::launder(first), count};
    return true;
  }

  void reset() noexcept {
    if (!block_.empty())
      platform_->release(block_);
    block_ = {};
    items_ = {};
  }

  [[nodiscard]] std::span<T> items() noexcept { return items_; }
  [[nodiscard]] std::span<const T> items() const noexcept { return items_; }
  [[nodiscard]] size_t size() const noexcept { return items_.size(); }
  [[nodiscard]] T &operator[](size_t index) noexcept { return items_[index]; }
  [[nodiscard]] const T &operator[](size_t index) const noexcept { return items_[index]; }

private:
  P *platform_;
  std::span<std::byte> block_;
  std::span<T> items_;
};

/// A sequence that doubles when it is full, so that n appends cost O(n).
template <typename T, BookkeepingMemory P>
  requires std::is_trivially_copyable_v<T>
class GrowingArray final {
public:
  explicit GrowingArray(P &platform) noexcept : storage_(platform), platform_(&platform) {}

  /// Appends; false, and unchanged, when there is no memory.
  [[nodiscard]] bool append(const T &item) noexcept {
    if (!reserve(size_ + 1))
      return false;
    storage_[size_++] = item;
    return true;
  }

  /// Makes room for `count` items in all, so that append() cannot fail up to there.
  [[nodiscard]] bool reserve(size_t count) noexcept {
    if (count <= storage_.size())
      return true;
    OwnedArray<T, P> larger{*platform_};
    if (!larger.make(std::max(count, 2 * storage_.size())))
      return false;
    std::ranges::copy(items(), larger.items().begin());
    storage_ = std::move(larger);
    return true;
  }

  void removeLast() noexcept { --size_; }
  void clear() noexcept { size_ = 0; }

  [[nodiscard]] std::span<T> items() noexcept { return storage_.items().first(size_); }
  [[nodiscard]] std::span<const T> items() const noexcept { return storage_.items().first(size_); }
  [[nodiscard]] size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] T &last() noexcept { return storage_[size_ - 1]; }
  [[nodiscard]] const T &last() const noexcept { return storage_[size_ - 1]; }

private:
  OwnedArray<T, P> storage_;
  P *platform_;
  size_t size_ = 0;
};

} // namespace suture
