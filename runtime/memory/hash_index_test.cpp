// SPDX-License-Identifier: Apache-2.0
#include "runtime/memory/hash_index.h"

#include "runtime/memory/hash.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

namespace suture {
namespace {

/// The heap, up to `budget` more allocations.
struct CountingHeap {
  size_t budget = SIZE_MAX;
  size_t live = 0;

  std::span<std::byte> allocate(size_t size, size_t alignment) noexcept {
    if (budget == 0)
      return {};
    --budget;
    ++live;
    size_t rounded = (size + alignment - 1) / alignment * alignment;
    return {static_cast<std::byte *>(std::aligned_alloc(alignment, rounded)), size};
  }
  void release(std::span<std::byte> block) noexcept {
    --live;
    std::free(block.data());
  }
};

TEST(HashIndex, AgreesWithAMapOverRandomInsertsAndRemoves) {
  CountingHeap heap;
  {
    HashIndex<uint64_t, CountingHeap> index{heap};
    std::map<uint64_t, uint64_t> model;
    std::mt19937_64 random{1};
    for (int step = 0; step < 20000; ++step) {
      uint64_t key = random() % 512;
      // Few distinct hashes: long runs, with wrap-around.
      uint64_t hash = key % 37 + 1000 * (key % 3);
      auto isKey = [key](uint64_t value) { return value == key; };
      if (model.contains(key)) {
        EXPECT_NE(index.find(hash, isKey), nullptr);
        if (random() % 2 == 0) {
          EXPECT_TRUE(index.remove(hash, isKey));
          model.erase(key);
        }
      } else {
        EXPECT_EQ(index.find(hash, isKey), nullptr);
        EXPECT_FALSE(index.remove(hash, isKey));
        ASSERT_TRUE(index.reserve(1));
        index.insert(hash, key);
        model[key] = hash;
      }
      ASSERT_EQ(index.size(), model.size());
    }
    for (auto [key, hash] : model)
      EXPECT_NE(index.find(hash, [wanted = key](uint64_t value) { return value == wanted; }),
                nullptr);
  }
  EXPECT_EQ(heap.live, 0u);
}

TEST(HashIndex, ReserveFailsWithoutMemoryAndKeepsWhatThereIs) {
  CountingHeap heap;
  HashIndex<uint64_t, CountingHeap> index{heap};
  ASSERT_TRUE(index.reserve(12));
  for (uint64_t key = 0; key < 12; ++key)
    index.insert(hashOf(key), key);
  heap.budget = 0;
  EXPECT_FALSE(index.reserve(1));
  EXPECT_FALSE(index.reserve(SIZE_MAX));
  for (uint64_t key = 0; key < 12; ++key)
    EXPECT_NE(index.find(hashOf(key), [key](uint64_t value) { return value == key; }), nullptr);
}

TEST(GrowingArray, KeepsItsItemsWhenItCannotGrow) {
  CountingHeap heap;
  GrowingArray<int, CountingHeap> array{heap};
  heap.budget = 1;
  EXPECT_TRUE(array.append(7));
  EXPECT_FALSE(array.append(8));
  ASSERT_EQ(array.size(), 1u);
  EXPECT_EQ(array.last(), 7);
}

} // namespace
} // namespace suture
