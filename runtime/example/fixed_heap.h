// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bookkeeping memory from one span: enough for an example, or for a hypervisor with few payloads.

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>

namespace suture::example {

/// First fit over a list of blocks in address order; neighbours that are free are joined.
class FixedHeap final {
public:
  /// \param memory  aligned to 16, at least 64 bytes; outlives the heap.
  explicit FixedHeap(std::span<std::byte> memory) noexcept : end_(memory.data() + memory.size()) {
    first_ = new (memory.data()) Block{.size = memory.size() - sizeof(Block), .isFree = true};
  }
  FixedHeap(const FixedHeap &) = delete;
  FixedHeap &operator=(const FixedHeap &) = delete;

  /// \param alignment  up to 16. An empty span when there is no room.
  [[nodiscard]] std::span<std::byte> allocate(size_t size, size_t alignment) noexcept {
    if (alignment > alignof(Block) || size > SIZE_MAX - alignof(Block))
      return {};
    const size_t wanted = (size + alignof(Block) - 1) / alignof(Block) * alignof(Block);
    for (Block *block = first_; block != nullptr; block = next(block)) {
      while (block->isFree && next(block) != nullptr && next(block)->isFree)
        block->size += sizeof(Block) + next(block)->size;
      if (!block->isFree || block->size < wanted)
        continue;
      if (block->size >= wanted + 2 * sizeof(Block)) {
        new (bytes(block) + wanted)
            Block{.size = block->size - wanted - sizeof(Block), .isFree = true};
        block->size = wanted;
      }
      block->isFree = false;
      return {bytes(block), size};
    }
    return {};
  }

  void release(std::span<std::byte> memory) noexcept {
    reinterpret_cast<Block *>(memory.data() - sizeof(Block))->isFree = true;
  }

private:
  struct alignas(16) Block {
    size_t size = 0;
    bool isFree = false;
  };

  static std::byte *bytes(Block *block) noexcept {
    return reinterpret_cast<std::byte *>(block + 1);
  }
  Block *next(Block *block) const noexcept {
    std::byte *after = bytes(block) + block->size;
    return after < end_ ? reinterpret_cast<Block *>(after) : nullptr;
  }

  Block *first_;
  std::byte *end_;
};

} // namespace suture::example
