// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/lib/symbols.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace suture::hv {
namespace {

struct Row {
  std::string name;
  uint32_t offset, size, type;
};

/// The bytes of a table; rows sorted by address.
std::vector<std::byte> table(const std::vector<Row> &rows, uint32_t bucketCount = 16) {
  std::string names;
  std::vector<SymbolEntry> entries;
  std::vector<uint32_t> hashes(bucketCount);
  for (const Row &row : rows) {
    size_t bucket = symbolHash(row.name) % bucketCount;
    while (hashes[bucket] != 0)
      bucket = (bucket + 1) % bucketCount;
    hashes[bucket] = static_cast<uint32_t>(entries.size() + 1);
    entries.push_back({row.offset, row.size, static_cast<uint32_t>(names.size()), row.type});
    names += row.name + '\0';
  }
  SymbolTableHeader header{{'S', 'U', 'T', 'S', 'Y', 'M', 'S', 0},
                           static_cast<uint32_t>(rows.size()),
                           static_cast<uint32_t>(names.size()),
                           0x1000,
                           bucketCount,
                           0};
  std::vector<std::byte> bytes;
  auto append = [&](const void *from, size_t size) {
    const auto *begin = static_cast<const std::byte *>(from);
    bytes.insert(bytes.end(), begin, begin + size);
  };
  append(&header, sizeof(header));
  append(entries.data(), entries.size() * sizeof(SymbolEntry));
  append(hashes.data(), hashes.size() * sizeof(uint32_t));
  append(names.data(), names.size());
  return bytes;
}

const std::vector<std::byte> sample = table({{"main", 0, 16, 2},
                                             {"a.cpp#helper", 16, 8, 2},
                                             {"end", 24, 0, 0},
                                             {"data", 24, 8, 1},
                                             {"b.cpp#helper", 64, 4, 2},
                                             {"twice", 80, 4, 2},
                                             {"twice", 96, 4, 2}});

TEST(SymbolTable, FindsByName) {
  SymbolTable symbols{ByteView{sample}};
  auto found = symbols.find("b.cpp#helper");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->first.address, 0x1040u);
  EXPECT_EQ(found->first.size, 4u);
  EXPECT_FALSE(found->ambiguous);
  EXPECT_FALSE(symbols.find("helper"));
  EXPECT_FALSE(symbols.find("zzz"));
  EXPECT_FALSE(symbols.find(""));
}

TEST(SymbolTable, FindsAllNamesWhereverTheirSearchBegins) {
  // Few buckets: names push each other on, and past the end to the start.
  std::vector<Row> rows;
  for (uint32_t number = 0; number < 31; ++number)
    rows.push_back({"symbol" + std::to_string(number), number * 16, 16, 2});
  const std::vector<std::byte> bytes = table(rows, 32);
  const SymbolTable symbols{ByteView{bytes}};
  for (const Row &row : rows) {
    ASSERT_TRUE(symbols.find(row.name)) << row.name;
    EXPECT_EQ(symbols.find(row.name)->first.address, 0x1000u + row.offset);
  }
  EXPECT_FALSE(symbols.find("symbol31"));
}

TEST(SymbolTable, SearchInAFullTableEnds) {
  const std::vector<std::byte> bytes = table({{"a", 0, 1, 2}, {"b", 1, 1, 2}}, 2);
  EXPECT_FALSE(SymbolTable{ByteView{bytes}}.find("c"));
  EXPECT_TRUE(SymbolTable{ByteView{bytes}}.find("b"));
}

TEST(SymbolTable, BucketsThatAreNoPowerOfTwoAreNoTable) {
  EXPECT_EQ(SymbolTable{ByteView{table({{"a", 0, 1, 2}}, 3)}}.size(), 0u);
}

TEST(SymbolTable, FirstOfSeveralIsTheLowest) {
  EXPECT_EQ(SymbolTable{ByteView{sample}}.find("twice")->first.address, 0x1050u);
}

TEST(SymbolTable, SaysThatANameIsAmbiguous) {
  EXPECT_TRUE(SymbolTable{ByteView{sample}}.find("twice")->ambiguous);
}

TEST(SymbolTable, FindsWhatIsAroundAnAddress) {
  SymbolTable symbols{ByteView{sample}};
  EXPECT_EQ(symbols.around(0x100f)->name, "main");
  EXPECT_EQ(symbols.around(0x1018)->name, "data") << "prefers a symbol with a size";
  EXPECT_EQ(symbols.around(0x2000)->name, "twice");
  EXPECT_FALSE(symbols.around(0xfff));
}

TEST(SymbolTable, BytesThatAreNoTableGiveAnEmptyOne) {
  EXPECT_EQ(SymbolTable{ByteView{}}.size(), 0u);
  EXPECT_FALSE(SymbolTable{ByteView{}}.find("main"));
  EXPECT_FALSE(SymbolTable{ByteView{}}.around(0x1000));
  for (size_t size = 0; size < sample.size(); ++size)
    EXPECT_EQ(SymbolTable{ByteView{std::span{sample}.first(size)}}.size(), 0u);
}

} // namespace
} // namespace suture::hv
