// SPDX-License-Identifier: Apache-2.0
// One memfd, two mappings: the view at the address where payloads run, with the pool's final
// protection page by page, and an alias that is writable while a payload is loaded.
//
// Pools of one kind each, instead of one pool for all: neighbours then have the same protection, so
// that the kernel keeps few mappings however many payloads there are (its limit is 65,530).

#include "runtime/host/payload_pool.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace suture::host {
namespace {

constexpr uint64_t pageSize = 4096;

uint64_t roundUp(uint64_t size) noexcept { return (size + pageSize - 1) / pageSize * pageSize; }

/// Free addresses within 1 GiB of `near`, above it first.
std::byte *reserveNear(const void *near, size_t size) noexcept {
  constexpr uint64_t step = uint64_t{16} << 20;
  constexpr uint64_t reach = uint64_t{1} << 30;
  const uint64_t center = reinterpret_cast<uint64_t>(near) / step * step;
  for (uint64_t distance = step; distance + size < reach; distance += step)
    for (uint64_t hint : {center + distance, center - distance - size}) {
      // NOLINTNEXTLINE(performance-no-int-to-ptr): an address that is asked for.
      void *got = mmap(reinterpret_cast<void *>(hint), size, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
      if (got != MAP_FAILED)
        return static_cast<std::byte *>(got);
    }
  return nullptr;
}

} // namespace

PayloadPool::PayloadPool(Kind kind, const void *near, size_t size)
    : kind_(kind), size_(roundUp(size)) {
  view_ = reserveNear(near, size_);
  file_ = memfd_create("payloads", MFD_CLOEXEC);
  if (view_ == nullptr || file_ < 0 || ftruncate(file_, static_cast<off_t>(size_)) != 0)
    return;
  void *alias = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (alias == MAP_FAILED)
    return;
  alias_ = static_cast<std::byte *>(alias);
  free_[0] = size_;
}

PayloadPool::~PayloadPool() {
  if (alias_ != nullptr)
    munmap(alias_, size_);
  if (view_ != nullptr)
    munmap(view_, size_);
  if (file_ >= 0)
    close(file_);
}

std::optional<PayloadRegion> PayloadPool::allocate(uint64_t size) noexcept {
  if (size == 0)
    return PayloadRegion{};
  const uint64_t length = roundUp(size);
  auto found =
      std::ranges::find_if(free_, [length](auto &range) { return range.second >= length; });
  if (found == free_.end())
    return std::nullopt;
  const auto [offset, room] = *found;
  free_.erase(found);
  if (room > length)
    free_[offset + length] = room - length;
  used_[offset] = length;
  return PayloadRegion{.address = HvVirt{reinterpret_cast<uint64_t>(view_ + offset)},
                       .bytes = {alias_ + offset, size}};
}

int PayloadPool::viewProtection() const noexcept {
  switch (kind_) {
  case Kind::Text:
    return PROT_READ | PROT_EXEC;
  case Kind::Constants:
    return PROT_READ;
  case Kind::Data:
    return PROT_READ | PROT_WRITE;
  }
  return PROT_NONE;
}

bool PayloadPool::protect(const PayloadRegion &region) noexcept {
  if (region.bytes.empty())
    return true;
  const uint64_t offset = static_cast<uint64_t>(region.bytes.data() - alias_);
  const uint64_t length = roundUp(region.bytes.size());
  if (mmap(view_ + offset, length, viewProtection(), MAP_SHARED | MAP_FIXED, file_,
           static_cast<off_t>(offset)) == MAP_FAILED)
    return false;
  return kind_ == Kind::Data || mprotect(alias_ + offset, length, PROT_READ) == 0;
}

void PayloadPool::release(const PayloadRegion &region) noexcept {
  if (region.bytes.empty())
    return;
  const uint64_t offset = static_cast<uint64_t>(region.bytes.data() - alias_);
  auto taken = used_.find(offset);
  uint64_t length = taken->second;
  used_.erase(taken);
  mmap(view_ + offset, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
       -1, 0);
  mprotect(alias_ + offset, length, PROT_READ | PROT_WRITE);
  // The pages go back to the kernel and come again as zeros.
  fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
            static_cast<off_t>(length));

  uint64_t start = offset;
  auto next = free_.lower_bound(offset);
  if (next != free_.begin()) {
    auto previous = std::prev(next);
    if (previous->first + previous->second == offset) {
      start = previous->first;
      length += previous->second;
      free_.erase(previous);
    }
  }
  if (next != free_.end() && next->first == start + length) {
    length += next->second;
    free_.erase(next);
  }
  free_[start] = length;
}

bool PayloadPool::contains(HvVirt address, uint64_t size) const noexcept {
  const uint64_t offset = address.value - reinterpret_cast<uint64_t>(view_);
  if (offset >= size_)
    return false;
  auto next = used_.upper_bound(offset);
  if (next == used_.begin())
    return false;
  const auto [start, length] = *std::prev(next);
  return offset - start < length && size <= length - (offset - start);
}

void PayloadPool::write(HvVirt address, std::span<const uint8_t> bytes) noexcept {
  std::byte *target = aliasOf(address);
  const uint64_t inPage = address.value % pageSize;
  const uint64_t length = roundUp(inPage + bytes.size());
  mprotect(target - inPage, length, PROT_READ | PROT_WRITE);
  std::memcpy(target, bytes.data(), bytes.size());
  mprotect(target - inPage, length, PROT_READ);
}

std::byte *PayloadPool::aliasOf(HvVirt address) const noexcept {
  return alias_ + (address.value - reinterpret_cast<uint64_t>(view_));
}

} // namespace suture::host
